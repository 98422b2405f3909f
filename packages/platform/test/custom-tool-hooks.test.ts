import { expect, test } from "vitest";
import type { CustomTool, RunEvent } from "../src/index.ts";
import { listen, setting } from "./setting.ts";

const done = { text: "done" };

/** A tool of the application, and what it was called with. */
function transfer() {
  const calls: unknown[] = [];
  const tool: CustomTool = {
    name: "transfer",
    description: "Transfers money",
    parameters: {
      type: "object",
      properties: { euros: { type: "number", maximum: 100 } },
      required: ["euros"],
      additionalProperties: false,
    },
    parallel: true,
    execute: async (input) => {
      calls.push(input);
      return `transferred ${JSON.stringify(input)}`;
    },
  };
  return { tool, calls };
}

function pay(...euros: unknown[]) {
  return { toolCalls: euros.map((each) => ({ name: "transfer", arguments: { euros: each } })) };
}

test("a tool of the application passes the hooks as any other", async () => {
  const { ws, server } = await setting([pay(10), pay(20), done]);
  const { tool, calls } = transfer();
  ws.hooks.register("before_tool_call", ({ input }) =>
    input.euros === 10 ? { block: true, reason: "not so little" } : { input: { euros: 30 } },
  );
  ws.hooks.register("after_tool_call", ({ input, output }) => ({ output: `${output} (${input.euros})` }));
  await ws.run({ message: "pay", tools: [tool] });
  expect(calls).toEqual([{ euros: 30 }]);
  const results = server.requests.slice(1).map(({ messages }) => messages.at(-1)?.toolResults[0]?.text);
  expect(results).toEqual(["not so little", 'transferred {"euros":30} (30)']);
});

test("input that a hook has changed is checked by the tool's schema again", async () => {
  const { ws, server } = await setting([pay(10), done]);
  const { tool, calls } = transfer();
  ws.hooks.register("before_tool_call", () => ({ input: { euros: 1000 } }));
  await ws.run({ message: "pay", tools: [tool] });
  expect(calls).toEqual([]);
  expect(server.requests[1]?.messages.at(-1)?.toolResults[0]?.text).toMatch(/100/);
});

test("what a tool or a listener does to the input it was given changes neither the call nor the talk", async () => {
  const { ws, server, transcript } = await setting([
    { toolCalls: [{ name: "bash", arguments: { command: "echo asked" } }, ...pay(10).toolCalls] },
    done,
  ]);
  const { tool } = transfer();
  const execute: CustomTool["execute"] = (input, call) => {
    const result = tool.execute(input, call);
    input.euros = "mine";
    return result;
  };
  const onEvent = (event: RunEvent) => {
    if (event.type === "tool_start") Object.assign(event.input, { command: "echo mine", euros: 99 });
  };
  const { sessionId } = await ws.run({ message: "pay", tools: [{ ...tool, execute }], onEvent });
  const results = server.requests[1]?.messages.flatMap(({ toolResults }) =>
    toolResults.map(({ text }) => text),
  );
  expect(results?.map((text) => text.trim())).toEqual(["asked", 'transferred {"euros":10}']);
  expect(JSON.stringify(server.requests[1]?.raw)).not.toContain("mine");
  expect(transcript(sessionId)).not.toContain("mine");
});

test("hooks of calls that go on at once are called in the order of the calls", async () => {
  const { ws, server } = await setting([pay(1, 2, 3, 4), done]);
  const { tool, calls } = transfer();
  const order: unknown[] = [];
  ws.hooks.register("before_tool_call", async ({ input }) => {
    const { euros } = input;
    order.push(`before ${euros}`);
    // The first one takes longest.
    for (let wait = 5; wait > Number(euros); wait -= 1) await new Promise((resolve) => setImmediate(resolve));
    return euros === 2 ? { block: true, reason: "no" } : undefined;
  });
  ws.hooks.register("after_tool_call", ({ input }) => void order.push(`after ${input.euros}`));
  await ws.run({ message: "pay", tools: [tool] });
  expect(order).toEqual(["before 1", "before 2", "before 3", "before 4", "after 1", "after 3", "after 4"]);
  expect(calls).toEqual([{ euros: 1 }, { euros: 3 }, { euros: 4 }]);
  const results = server.requests[1]?.messages.at(-1)?.toolResults.map(({ text }) => text);
  expect(results).toEqual([
    'transferred {"euros":1}',
    "no",
    'transferred {"euros":3}',
    'transferred {"euros":4}',
  ]);
});

test("one of several calls at once that waits for a person does not keep the abort of the run from coming", async () => {
  const { ws } = await setting([pay(1, 2), done]);
  const { tool } = transfer();
  const abort = new AbortController();
  ws.hooks.register("before_tool_call", async ({ input, approve }) =>
    input.euros === 2 ? void (await approve()) : undefined,
  );
  const { onEvent, types } = listen();
  const run = ws.run({
    message: "pay",
    tools: [tool],
    signal: abort.signal,
    onEvent: (event) => {
      onEvent(event);
      if (event.type === "pending") abort.abort();
    },
  });
  await expect(run).rejects.toMatchObject({ code: "RUN_ABORTED" });
  expect(ws.approvals.list()).toEqual([]);
  expect(types()).toContain("pending");
});
