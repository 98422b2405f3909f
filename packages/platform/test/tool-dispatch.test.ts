import type { AssistantTurn, ToolResult } from "@cloison/agent";
import { createSessionStore, type JsonObject, type ToolResultMessage } from "@cloison/sessions";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { Tally } from "../src/run/tally.ts";
import { ToolDispatch } from "../src/tools/dispatch.ts";
import type { HostTool } from "../src/tools/host-tool.ts";
import type { ToolExecution } from "../src/tools/tool-batch.ts";
import type { ToolGate } from "../src/tools/tool-gate.ts";
import { modelServer } from "./model-server.ts";
import { openLine } from "./open-line.ts";
import { temporaryDirectory } from "./temporary-directory.ts";
import { testTurns } from "./test-turns.ts";

const names = ["read", "ls", "bash", "write", "free", "alone", "unknown"] as const;
const only = { look: ["read", "ls", "free"], all: ["read", "ls", "bash", "write", "free", "unknown"] };

/** One call of an answer. */
interface Planned {
  readonly name: (typeof names)[number];
  /** Not unique: models have given two calls one id. */
  readonly id: string;
  readonly blocked: boolean;
  readonly fails: boolean;
  /** Turns of the event loop that it takes. */
  readonly takes: number;
}

const planned: fc.Arbitrary<Planned> = fc.record({
  name: fc.constantFrom(...names),
  id: fc.constantFrom("a", "b", "c", "d", "e"),
  blocked: fc.boolean(),
  fails: fc.boolean(),
  takes: fc.nat(3),
});
const execution = fc.constantFrom<ToolExecution>("safe-parallel", "parallel", "sequential");

/** An answer's calls on their way through the dispatch, and all that can be seen of that. */
class Passage {
  readonly asked: number[] = [];
  readonly carriedOut: number[] = [];
  readonly kept: ToolResultMessage[] = [];
  /** Each set of calls that were in hand at one time. */
  readonly together: (readonly number[])[] = [];
  readonly #calls: readonly Planned[];
  readonly #running = new Set<number>();

  constructor(calls: readonly Planned[]) {
    this.#calls = calls;
  }

  async go(toolExecution: ToolExecution): Promise<void> {
    const hostTools = new Map(["free", "alone"].map((name) => [name, this.#hostTool(name)]));
    const dispatch = new ToolDispatch({
      hostTools,
      toolExecution,
      toolTimeoutMs: undefined,
      emit: () => undefined,
      keep: (result) => void this.kept.push(result),
      gate: {
        before: async ({ arguments: input }) => {
          this.asked.push(numberOf(input));
          return this.#calls[numberOf(input)]?.blocked === true ? { blocked: "blocked" } : { input };
        },
        after: async (_, outcome) => outcome,
      },
    });
    const { signal } = new AbortController();
    dispatch.begin(this.#calls.map(({ id, name }, n) => ({ type: "toolCall", id, name, arguments: { n } })));
    let results: readonly ToolResult[] = [];
    for (let turn = await dispatch.next([], signal); turn; turn = await dispatch.next(results, signal)) {
      results = await this.#work(turn, dispatch);
    }
  }

  /** What the worker does: it tells each result when it is there, and all of them at the end. */
  #work({ content, toolExecution }: AssistantTurn, dispatch: ToolDispatch): Promise<ToolResult[]> {
    const calls = content.flatMap((block) => (block.type === "toolCall" ? [block] : []));
    expect(toolExecution).toBe(calls.length > 1 ? "parallel" : "sequential");
    return Promise.all(
      calls.map(async ({ id: toolCallId, name: toolName, arguments: input }) => {
        const n = numberOf(input);
        const isError = await this.#carryOut(n);
        const result = { toolCallId, toolName, isError, content: [{ type: "text" as const, text: `${n}` }] };
        dispatch.tell(result);
        return result;
      }),
    );
  }

  #hostTool(name: string): HostTool {
    return {
      name,
      description: name,
      parameters: { type: "object", required: ["n"] },
      replay: "never",
      parallel: name === "free",
      execute: async (input) => {
        const n = numberOf(input);
        if (await this.#carryOut(n)) throw new RangeError(`${n}`);
        return [{ type: "text", text: `${n}` }];
      },
    };
  }

  async #carryOut(n: number): Promise<boolean> {
    this.carriedOut.push(n);
    this.#running.add(n);
    this.together.push([...this.#running]);
    const { takes = 0, fails = false } = this.#calls[n] ?? {};
    for (let turn = 0; turn < takes; turn++) await new Promise((resolve) => setImmediate(resolve));
    this.#running.delete(n);
    return fails;
  }
}

function numberOf(input: Readonly<Record<string, unknown>> | JsonObject): number {
  return typeof input.n === "number" ? input.n : -1;
}

test("whatever goes on at once: one result for each call, in order; each asked about, in order; none disturbed", async () => {
  let mostTogether = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(planned, { maxLength: 20 }), execution, async (calls, toolExecution) => {
      const passage = new Passage(calls);
      await passage.go(toolExecution);
      expect(passage.asked).toEqual([...calls.keys()]);
      const through = passage.asked.filter((n) => !calls[n]?.blocked && calls[n]?.name !== "unknown");
      expect(passage.carriedOut.toSorted((a, b) => a - b)).toEqual(through);
      expect(passage.kept.map(({ toolCallId }) => toolCallId)).toEqual(calls.map(({ id }) => id));
      const results = passage.kept.map(({ content: [block], isError }) => [
        block?.type === "text" && block.text,
        isError,
      ]);
      expect(results).toEqual(
        calls.map(({ name, blocked, fails }, n) => {
          if (blocked) return ["blocked", true];
          return name === "unknown" ? ["Tool unknown not found", true] : [`${n}`, fails];
        }),
      );
      const besides = toolExecution === "parallel" ? only.all : only.look;
      for (const set of passage.together.filter(({ length }) => length > 1)) {
        mostTogether = Math.max(mostTogether, set.length);
        expect(toolExecution).not.toBe("sequential");
        expect(set.length).toBeLessThanOrEqual(8);
        for (const n of set) expect(besides).toContain(calls[n]?.name);
        expect(new Set(set.map((n) => calls[n]?.id)).size).toBe(set.length);
      }
    }),
    { numRuns: 500 },
  );
  // Else the property says nothing.
  expect(mostTogether).toBeGreaterThan(2);
});

const call = { type: "toolCall" as const, id: "a", name: "read", arguments: {} };
const result = { toolCallId: "a", toolName: "read", content: [], isError: false };

/** A dispatch in whose gate only the end is of interest. */
function dispatchWith(after: ToolGate["after"]) {
  const kept: ToolResultMessage[] = [];
  const gate: ToolGate = { before: async ({ arguments: input }) => ({ input }), after };
  const keep = (message: ToolResultMessage) => void kept.push(message);
  const parts = { hostTools: new Map(), toolExecution: "safe-parallel" as const, toolTimeoutMs: undefined };
  const dispatch = new ToolDispatch({ ...parts, emit: () => undefined, keep, gate });
  dispatch.begin([call]);
  return { dispatch, kept };
}

test("a gate that fails ends what goes on, and so does an abort", async () => {
  const failure = new Error("hook");
  const abort = new AbortController();
  const { dispatch: failing } = dispatchWith(() => Promise.reject(failure));
  expect(await failing.next([], abort.signal)).toMatchObject({ content: [{ id: "a" }] });
  await expect(failing.next([result], abort.signal)).rejects.toBe(failure);
  const { dispatch: waiting } = dispatchWith(async (_, outcome) => outcome);
  await waiting.next([], abort.signal);
  abort.abort(failure);
  await waiting.settled();
  await expect(waiting.next([], abort.signal)).rejects.toBe(failure);
});

test.each([
  ["an empty text", [{ type: "text", text: "" }], "(no output)", false],
  ["too long a text", [{ type: "text", text: "x".repeat(200_000) }], "characters left out", false],
  [
    "an image of a strange kind",
    [{ type: "image", data: "AAAA", mimeType: "image/svg+xml" }],
    "cannot be",
    true,
  ],
] as const)(
  "%s that a gate puts in place of a result never reaches a model",
  async (_, content, shown, isError) => {
    const { dispatch, kept } = dispatchWith(async () => ({ content, isError: false }));
    const { signal } = new AbortController();
    await dispatch.next([], signal);
    await dispatch.next([result], signal);
    expect(kept).toMatchObject([{ isError, content: [{ text: expect.stringContaining(shown) }] }]);
    expect(JSON.stringify(kept).length).toBeLessThan(140_000);
  },
);

test("a run is not over while something is done with a result that has come", async () => {
  const server = await modelServer([{ toolCalls: [{ name: "read", arguments: {} }] }]);
  const target = { provider: "openai", model: "scripted", baseUrl: server.baseUrls.openai };
  const session = await createSessionStore({ dir: temporaryDirectory() }).open("s");
  onTestFinished(() => session.close());
  const [entered, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const order: string[] = [];
  const after: ToolGate["after"] = async (_, outcome) => {
    entered.resolve();
    await release.promise;
    order.push("gate");
    return outcome;
  };
  const abort = new AbortController();
  const turns = testTurns({
    line: openLine(target, { key: "any" }),
    session,
    emit: () => undefined,
    tally: new Tally(),
    signal: abort.signal,
    gate: { before: async ({ arguments: input }) => ({ input }), after },
  });
  turns.begin({ role: "user", content: "go", timestamp: 1 });
  const { content } = await turns.next({ toolResults: [], signal: abort.signal });
  const [asked] = content.flatMap((block) => (block.type === "toolCall" ? [block] : []));
  const about = { toolCallId: asked?.id ?? "", toolName: "read" };
  turns.hear({ type: "tool_end", ...about, result: { ...result, ...about } });
  await entered.promise;
  abort.abort();
  const settled = turns.settled().then(() => order.push("settled"));
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  release.resolve();
  await settled;
  expect(order).toEqual(["gate", "settled"]);
});
