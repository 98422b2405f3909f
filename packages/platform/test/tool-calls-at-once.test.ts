import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { CustomTool, RunEvent } from "../src/index.ts";
import { bash, listen, setting } from "./setting.ts";

const done = { text: "done" };

function tool(name: string, execute: CustomTool["execute"], parallel?: boolean): CustomTool {
  return { name, description: name, parameters: { type: "object" }, execute, parallel };
}

function calling(...names: string[]) {
  return { toolCalls: names.map((name) => ({ name, arguments: {} })) };
}

/** Two tools of which each waits until the other has been called. */
function meeting(parallel?: boolean): CustomTool[] {
  const [one, other] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const wait = (mine: PromiseWithResolvers<void>, theirs: PromiseWithResolvers<void>) => async () => {
    mine.resolve();
    await theirs.promise;
    return "met";
  };
  return [tool("one", wait(one, other), parallel), tool("other", wait(other, one), parallel)];
}

/** What happened to tools, such as `start one`. */
function told(events: readonly RunEvent[]): string[] {
  return events.flatMap((event) =>
    event.type === "tool_start" || event.type === "tool_end"
      ? [`${event.type.slice(5)} ${event.toolName}`]
      : [],
  );
}

describe("tools of the host", () => {
  test.each([
    { what: "that are marked so", parallel: true, options: {} },
    {
      what: "of which nothing is said",
      parallel: undefined,
      options: { toolExecution: "parallel" as const },
    },
  ])("$what go on at once", async ({ parallel, options }) => {
    const { ws, server } = await setting([calling("one", "other"), done]);
    const { events, onEvent } = listen();
    await ws.run({ message: "go", tools: meeting(parallel), toolTimeoutMs: 20_000, onEvent, ...options });
    expect(server.requests[1]?.messages.at(-1)?.toolResults.map(({ text }) => text)).toEqual(["met", "met"]);
    expect(told(events)).toEqual(["start one", "start other", "end one", "end other"]);
  });

  test.each([
    { what: "of which nothing is said", parallel: undefined, options: {} },
    { what: "that are marked so", parallel: false, options: { toolExecution: "parallel" as const } },
    { what: "of a sequential run", parallel: true, options: { toolExecution: "sequential" as const } },
  ])("$what wait for each other's end", async ({ parallel, options }) => {
    const { ws } = await setting([calling("one", "other"), done]);
    const { events, onEvent } = listen();
    const tools = ["one", "other"].map((name) => tool(name, () => name, parallel));
    await ws.run({ message: "go", tools, onEvent, ...options });
    expect(told(events)).toEqual(["start one", "end one", "start other", "end other"]);
  });
});

test("a tool of the host and one of the sandbox go on at once", async () => {
  const command = "touch asked; until [ -e answered ]; do :; done; echo saw it";
  const { toolCalls } = bash(command);
  const { ws, server } = await setting([{ toolCalls: [...toolCalls, ...calling("answer").toolCalls] }, done]);
  const answer = tool("answer", async () => {
    while (!existsSync(join(ws.filesDir, "asked"))) await new Promise((resolve) => setImmediate(resolve));
    writeFileSync(join(ws.filesDir, "answered"), "");
    return "answered";
  });
  const options = { toolExecution: "parallel", toolTimeoutMs: 20_000 } as const;
  await ws.run({ message: "go", tools: [answer], ...options });
  const results = server.requests[1]?.messages.at(-1)?.toolResults.map(({ text }) => text);
  expect(results).toEqual(["saw it", "answered"]);
});

test("tools of the sandbox that only look go on at once, and their results are in the order of the calls", async () => {
  const reads = ["a", "b", "c"].map((path) => ({ name: "read", arguments: { path } }));
  const { ws, server, transcript } = await setting([{ toolCalls: reads }, done]);
  for (const { arguments: input } of reads) writeFileSync(join(ws.filesDir, input.path), `in ${input.path}`);
  const { events, onEvent } = listen();
  const { sessionId } = await ws.run({ message: "go", onEvent });
  expect(told(events)).toEqual([...Array(3).fill("start read"), ...Array(3).fill("end read")]);
  const results = server.requests[1]?.messages.at(-1)?.toolResults.map(({ text }) => text);
  expect(results).toEqual(["in a", "in b", "in c"]);
  const stored = transcript(sessionId).match(/"text":"in \w"/g);
  expect(stored).toEqual(['"text":"in a"', '"text":"in b"', '"text":"in c"']);
});

test("of calls at once each is decided on by itself, in the order of the calls", async () => {
  const reads = ["a", "b", "c"].map((path) => ({ name: "read", arguments: { path } }));
  const { ws, server } = await setting([{ toolCalls: reads }, done]);
  for (const name of ["a", "b", "c"]) writeFileSync(join(ws.filesDir, name), `in ${name}`);
  const asked: unknown[] = [];
  ws.hooks.register("before_tool_call", ({ input }) => {
    asked.push(input.path);
    return input.path === "b" ? { block: true, reason: "not b" } : undefined;
  });
  ws.hooks.register("after_tool_call", ({ input }) => void asked.push(`after ${input.path}`));
  await ws.run({ message: "go" });
  expect(asked).toEqual(["a", "b", "c", "after a", "after c"]);
  const results = server.requests[1]?.messages.at(-1)?.toolResults.map(({ text }) => text);
  expect(results).toEqual(["in a", "not b", "in c"]);
});
