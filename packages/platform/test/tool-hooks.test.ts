import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "@cloison/sessions";
import { describe, expect, test } from "vitest";
import { processesNamed } from "./processes.ts";
import { bash, listen, setting } from "./setting.ts";

const done = { text: "done" };

/** What the model was shown in place of, or as, a tool's result. */
function resultIn(server: Awaited<ReturnType<typeof setting>>["server"], request = 1): string | undefined {
  return server.requests[request]?.messages.at(-1)?.toolResults[0]?.text;
}

describe("a before_tool_call hook", () => {
  test("is told of the call, and lets it through when it returns nothing", async () => {
    const { ws, server } = await setting([bash("echo hi"), done]);
    const seen: unknown[] = [];
    ws.hooks.register("before_tool_call", async ({ approve, signal, ...told }) => void seen.push(told));
    const { sessionId } = await ws.run({ message: "go" });
    expect(seen).toEqual([
      {
        userId: "ada",
        sessionId,
        runId: expect.any(String),
        depth: 0,
        toolCallId: expect.any(String),
        toolName: "bash",
        input: { command: "echo hi" },
      },
    ]);
    expect(resultIn(server)).toBe("hi");
  });

  test("blocks the call: it never reaches the sandbox, and the model is told the reason", async () => {
    const marker = "86399.125";
    const { ws, server } = await setting([bash(`touch made; sleep ${marker} & sleep ${marker}`), done]);
    const seen: string[][] = [];
    ws.hooks.register("before_tool_call", () => ({ block: true, reason: "no shells on Sundays" }));
    ws.hooks.register("before_model_call", () => void seen.push(processesNamed(marker)));
    const { onEvent, types, events } = listen();
    expect(await ws.run({ message: "go", onEvent })).toMatchObject({ response: "done" });
    expect(resultIn(server)).toBe("no shells on Sundays");
    expect(seen).toEqual([[], []]);
    expect(readdirSync(ws.filesDir)).toEqual([]);
    expect(types()).not.toContain("tool_start");
    expect(events).toContainEqual(expect.objectContaining({ type: "tool_end", isError: true }));
  });

  test("which lets a call through has it in the sandbox's process list, so that the test above says something", async () => {
    const marker = "86399.126";
    const { ws } = await setting([bash(`sleep ${marker} & sleep 0`), done]);
    const seen: number[] = [];
    ws.hooks.register("before_tool_call", () => undefined);
    ws.hooks.register("after_tool_call", () => void seen.push(processesNamed(marker).length));
    await ws.run({ message: "go" });
    expect(seen[0]).toBeGreaterThan(0);
    expect(processesNamed(marker)).toEqual([]);
  });

  test("changes the input: that is carried out, told and recorded; the transcript keeps what was asked for", async () => {
    const { ws, server, transcript } = await setting([bash("rm -r /workspace"), done]);
    ws.hooks.register("before_tool_call", ({ input }) => {
      input.command = "what is changed in place has no effect";
      return { input: { command: "echo safe" } };
    });
    const asked: unknown[] = [];
    ws.hooks.register("before_tool_call", ({ input }) => void asked.push(input));
    ws.hooks.register("after_tool_call", ({ input }) => void asked.push(input));
    const { onEvent, events } = listen();
    const { sessionId } = await ws.run({ message: "go", onEvent });
    expect(resultIn(server)).toBe("safe");
    expect(asked).toEqual([{ command: "echo safe" }, { command: "echo safe" }]);
    expect(events).toContainEqual(
      expect.objectContaining({
        type: "tool_start",
        input: { command: "echo safe" },
        calledWith: { command: "rm -r /workspace" },
      }),
    );
    const lines = transcript(sessionId).trimEnd().split("\n");
    const calls = lines.filter((line) => line.includes('"toolCall"'));
    expect(calls).toEqual([expect.stringContaining("rm -r /workspace")]);
    const records = lines.filter((line) => line.includes("cloison.tool_input"));
    expect(records).toEqual([expect.stringContaining('"input":{"command":"echo safe"}')]);
  });

  test("whose input does not fit is told the model as an error of the tool", async () => {
    const { ws, server } = await setting([bash("echo hi"), done]);
    ws.hooks.register("before_tool_call", () => ({ input: { commands: ["x"] } }));
    await ws.run({ message: "go" });
    expect(server.requests[1]?.messages.at(-1)?.toolResults[0]).toMatchObject({
      text: expect.stringMatching(/command/),
    });
  });

  test.each([
    ["too deep", /nested too deep/, { command: "echo hi", more: nested(60) }],
    ["too long", /have 600\d\d\d bytes, over 500000/, { command: "x".repeat(600_000) }],
  ])("whose input is %s for the way into the sandbox does not end the run", async (_, words, input) => {
    const { ws, server } = await setting([bash("echo hi"), done]);
    ws.hooks.register("before_tool_call", () => ({ input }));
    expect(await ws.run({ message: "go" })).toMatchObject({ response: "done" });
    expect(resultIn(server)).toMatch(words);
  });

  test("of the platform comes before the workspace's; one that blocks is the last", async () => {
    const { ws, platform } = await setting([bash("echo hi"), bash("echo ho"), done]);
    const seen: string[] = [];
    const note = (name: string) => async () => {
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(name);
    };
    ws.hooks.register("before_tool_call", note("workspace 1"));
    const remove = ws.hooks.register("before_tool_call", () => {
      seen.push("blocks");
      return { block: true };
    });
    ws.hooks.register("before_tool_call", note("workspace 2"));
    platform.hooks.register("before_tool_call", note("platform"));
    ws.hooks.register("after_tool_call", () => void seen.push("after"));
    ws.hooks.register("before_model_call", ({ turn }) => void (turn === 2 && remove()));
    await (await platform.getWorkspace("ada")).run({ message: "go" });
    expect(seen).toEqual([
      "platform",
      "workspace 1",
      "blocks",
      "platform",
      "workspace 1",
      "workspace 2",
      "after",
    ]);
  });

  test("guards its own workspace only", async () => {
    const { ws, platform, server } = await setting([bash("echo hi"), done]);
    ws.hooks.register("before_tool_call", () => ({ block: true }));
    await (await platform.createWorkspace("bob")).run({ message: "go" });
    expect(resultIn(server)).toBe("hi");
  });
});

describe("an after_tool_call hook", () => {
  test("changes what the model and the transcript get", async () => {
    const { ws, server, transcript } = await setting([bash("echo secret-7c1f; false"), done]);
    const seen: unknown[] = [];
    ws.hooks.register("after_tool_call", ({ output, isError, content }) => {
      seen.push([output.split("\n")[0], isError, content.length]);
      return { output: "it went well", isError: false };
    });
    ws.hooks.register("after_tool_call", ({ output }) => ({
      content: [{ type: "text", text: `${output}!` }],
    }));
    const { onEvent, events } = listen();
    const { sessionId } = await ws.run({ message: "go", onEvent });
    expect(seen).toEqual([["secret-7c1f", true, 1]]);
    expect(resultIn(server)).toBe("it went well!");
    expect(transcript(sessionId)).not.toMatch(/secret-7c1f\\n/);
    expect(events).toContainEqual(
      expect.objectContaining({ type: "tool_end", output: "it went well!", isError: false }),
    );
  });
});

test.each(["before_tool_call", "after_tool_call"] as const)(
  "input by which the prototype of all objects could be changed reaches no hook %s, nor the sandbox",
  async (name) => {
    const input = '{"command":"touch made","a":[{"constructor":{"prototype":{"polluted":true}}}]}';
    const { ws, server } = await setting([{ toolCalls: [{ name: "bash", arguments: input }] }, done]);
    const seen: unknown[] = [];
    ws.hooks.register(name, ({ input }: { input: Record<string, unknown> }) => {
      merge({ a: [{}] }, input);
      seen.push(input);
    });
    await ws.run({ message: "go" });
    expect("polluted" in {}).toBe(false);
    expect(seen).toEqual([]);
    expect(existsSync(join(ws.filesDir, "made"))).toBe(false);
    expect(resultIn(server)).toMatch(/names a prototype/);
  },
);

function nested(levels: number): JsonObject {
  return levels === 0 ? {} : { a: nested(levels - 1) };
}

/** As many an application merges: by it the prototype of all objects can be changed. */
function merge(target: Record<string, unknown>, from: Record<string, unknown>): void {
  for (const key of Object.keys(from)) {
    const [into, value] = [target[key], from[key]];
    if (isRecord(into) && isRecord(value)) merge(into, value);
    else target[key] = value;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

test("a file that a tool has written is there for the hook that comes after", async () => {
  const { ws } = await setting([bash("echo hello > file"), done]);
  const seen: string[] = [];
  ws.hooks.register("after_tool_call", () => void seen.push(readFileSync(join(ws.filesDir, "file"), "utf8")));
  await ws.run({ message: "go" });
  expect(seen).toEqual(["hello\n"]);
});
