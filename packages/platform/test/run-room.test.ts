import type { AnswerFunction, ModelRequest } from "@cloison/testing";
import { describe, expect, test } from "vitest";
import type { MemoryEntry, PlatformOptions, RunEvent } from "../src/index.ts";
import { charsIn, isSummaryRequest } from "./overflow-script.ts";
import { bash, listen, setting } from "./setting.ts";

const windows = { "openai/scripted": 4000 };

const isSummary = (request: ModelRequest) => isSummaryRequest(request) && request.tools.length === 0;
const isMemoryRequest = ({ tools }: ModelRequest) => tools.some(({ name }) => name === "memory_store");

/** Says much, summarises in short, and remembers two things. */
const talkative: AnswerFunction = (request) => {
  if (isMemoryRequest(request)) {
    const remember = (text: string) => ({ name: "memory_store", arguments: { text } });
    return { toolCalls: [remember("Ada likes tea"), remember("  "), remember("The plan is in plan.md")] };
  }
  return { text: isSummary(request) ? "they talked" : "blah ".repeat(900) };
};

/** Five runs in one session, which are too much for the window. */
async function talk(options: Partial<PlatformOptions> = {}, script = talkative) {
  const { ws, server, transcript } = await setting(script, { context: { windows }, ...options });
  const { events, onEvent } = listen();
  const results = [];
  for (const message of ["1", "2", "3", "4", "5"])
    results.push(await ws.run({ message, sessionId: "s", onEvent, maxRetries: 0 }));
  return { server, events, results, transcript };
}

const flushes = (events: readonly RunEvent[]) => events.filter(({ type }) => type === "memory_flush");

describe("a conversation near the end of the model's window", () => {
  test("is compacted before the model is asked, and no request is ever refused", async () => {
    const { server, events, results } = await talk();
    expect(results.flatMap(({ attempts }) => attempts).every(({ outcome }) => outcome === "ok")).toBe(true);
    expect(server.requests.some(isSummary)).toBe(true);
    const compactions = events.filter(({ type }) => type === "compaction");
    expect(compactions.length).toBeGreaterThan(0);
    for (const compaction of compactions)
      expect(events[events.indexOf(compaction) + 1]).toMatchObject({ type: "model_call" });
  });

  test("is compacted as early as compactAt says", async () => {
    const summaries = async (compactAt: number) => {
      const { server } = await talk({ context: { windows: { "openai/scripted": 40_000 }, compactAt } });
      return server.requests.filter(isSummary).length;
    };
    expect(await summaries(0.8)).toBe(0);
    expect(await summaries(0.08)).toBeGreaterThan(0);
  });

  test("whose summary fails is asked all the same, and not for another summary in each turn", async () => {
    const script: AnswerFunction = (request) => {
      if (isSummary(request)) return { fault: { status: 400 } };
      if (request.messages[0]?.text !== "1" || request.messages.length === 1)
        return { text: "blah ".repeat(900) };
      return request.messages.length < 12 ? bash("true") : { text: "done" };
    };
    const context = { windows: { "openai/scripted": 12_000 }, compactAt: 0.05 };
    const { ws, server } = await setting(script, { context });
    await ws.run({ message: "1", sessionId: "s" });
    const result = await ws.run({ message: "2", sessionId: "s", maxRetries: 0 });
    expect(result).toMatchObject({ response: "done", turns: 6 });
    const summaries = server.requests.filter(isSummary).length;
    expect(summaries).toBeGreaterThan(0);
    expect(summaries).toBeLessThan(result.turns / 2);
  });

  test("has old tool results cut to heads and tails, without a model", async () => {
    const script: AnswerFunction = ({ messages }) =>
      messages.length < 10 ? bash(`seq 1000; echo turn ${messages.length}`) : { text: "done" };
    const { ws, server, transcript } = await setting(script, {
      context: { windows: { "openai/scripted": 9000 } },
    });
    const { events, onEvent } = listen();
    expect(await ws.run({ message: "go", sessionId: "s", onEvent })).toMatchObject({ response: "done" });
    const [pruning] = events.filter((event) => event.type === "pruning");
    expect(pruning?.tokensAfter).toBeLessThan(pruning?.tokensBefore ?? 0);
    expect(server.requests.some(isSummary)).toBe(false);
    const last = server.requests.at(-1);
    const results = last?.messages.flatMap(({ toolResults }) => toolResults.map(({ text }) => text)) ?? [];
    expect(results[0]).toMatch(/^1\n2\n[\s\S]*characters left out[\s\S]*turn 1\s*$/);
    expect(results.at(-1)).not.toMatch(/left out/);
    expect(last === undefined ? 0 : charsIn(last)).toBeLessThan(transcript("s").length);
  });
});

describe("before a compaction", () => {
  test("the model is asked what should last, and that is stored", async () => {
    const entries: MemoryEntry[] = [];
    const memory = { store: async (entry: MemoryEntry) => void entries.push(entry) };
    const { server, events } = await talk({ memory });
    const asked = server.requests.filter(isMemoryRequest);
    expect(asked).toHaveLength(server.requests.filter(isSummary).length);
    expect(asked[0]?.messages[0]?.text).toMatch(/^<conversation>\n\[user\] 1[\s\S]*blah/);
    const entry = { userId: "ada", sessionId: "s" };
    expect(entries.slice(0, 2)).toEqual([
      { ...entry, text: "Ada likes tea" },
      { ...entry, text: "The plan is in plan.md" },
    ]);
    expect(flushes(events)).toEqual(asked.map(() => expect.objectContaining({ stored: 2 })));
  });

  test.each([
    ["a store that fails", { store: () => Promise.reject(new Error("disk full")) }, talkative, "disk full"],
    [
      "a store that fails with what cannot be put into words",
      { store: () => Promise.reject(Object.create(null)) },
      talkative,
      "cannot be put into words",
    ],
    [
      "a store that throws",
      {
        store: () => {
          throw new Error("no store");
        },
      },
      talkative,
      "no store",
    ],
    [
      "a model that fails",
      { store: async () => undefined },
      ((request, context) =>
        isMemoryRequest(request)
          ? { fault: { status: 400 } }
          : talkative(request, context)) satisfies AnswerFunction,
      "openai/scripted failed",
    ],
  ])("%s does not end the run; it is told", async (_, memory, script, problem) => {
    const { server, events } = await talk({ memory }, script);
    expect(server.requests.some(isSummary)).toBe(true);
    expect(flushes(events)[0]).toMatchObject({ stored: 0, problem: expect.stringContaining(problem) });
  });

  test("nobody is asked where there is no memory", async () => {
    const { server } = await talk();
    expect(server.requests.some(isMemoryRequest)).toBe(false);
  });
});

test.each([0, 1.1, Number.NaN])("compactAt %d is refused", async (compactAt) => {
  const { ws } = await setting([]);
  const run = ws.run({ message: "go", context: { compactAt } });
  await expect(run).rejects.toMatchObject({ code: "INVALID_OPTION", option: "compactAt" });
});
