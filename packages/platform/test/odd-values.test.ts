import { describe, expect, test } from "vitest";
import { bash, listen, setting } from "./setting.ts";

const done = { text: "done" };

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** What nobody should throw, and somebody does; each is hard to put into words. */
const oddities: readonly (readonly [string, () => unknown])[] = [
  ["an object without a prototype", () => Object.create(null)],
  ["a revoked proxy", revoked],
  ["a symbol", () => Symbol("odd")],
  ["nothing", () => undefined],
  [
    "an object that cannot be made a text",
    () => ({
      toString: () => {
        throw new Error("no text");
      },
    }),
  ],
  [
    "an error whose message cannot be read",
    () =>
      Object.defineProperty(new Error("odd"), "message", {
        get: () => {
          throw new Error("no message");
        },
      }),
  ],
  [
    "an error whose message is no text",
    () => Object.defineProperty(new Error("odd"), "message", { value: 5 }),
  ],
  [
    "an error whose stack cannot be read",
    () =>
      Object.defineProperty(new Error("odd"), "stack", {
        get: () => {
          throw new Error("no stack");
        },
      }),
  ],
];

function thrower(odd: () => unknown): () => never {
  return () => {
    throw odd();
  };
}

describe.each(oddities)("%s", (_, odd) => {
  test("thrown by a tool of the application is an error for the model", async () => {
    const { ws, server } = await setting([{ toolCalls: [{ name: "odd", arguments: {} }] }, done]);
    const tools = [
      { name: "odd", description: "odd", parameters: { type: "object" }, execute: thrower(odd) },
    ];
    expect(await ws.run({ message: "go", tools })).toMatchObject({ response: "done" });
    expect(server.requests[1]?.messages.at(-1)?.toolResults[0]?.text).toMatch(/./);
  });

  test("returned by a tool of the application is an error for the model", async () => {
    const { ws } = await setting([{ toolCalls: [{ name: "odd", arguments: {} }] }, done]);
    const tools = [
      { name: "odd", description: "odd", parameters: { type: "object" }, execute: () => odd() as string },
    ];
    expect(await ws.run({ message: "go", tools })).toMatchObject({ response: "done" });
  });

  test("thrown by hooks has the effect of any other error", async () => {
    const { ws, server } = await setting([bash("echo hi"), bash("echo ho"), done]);
    const remove = ws.hooks.register("before_tool_call", thrower(odd));
    ws.hooks.register("before_model_call", ({ turn }) => void (turn === 2 && remove()));
    for (const name of ["after_tool_call", "after_model_call", "after_agent_end", "session_end"] as const)
      ws.hooks.register(name, thrower(odd));
    const { onEvent, events } = listen();
    expect(await ws.run({ message: "go", onEvent })).toMatchObject({ response: "done" });
    expect(server.requests[1]?.messages.at(-1)?.toolResults[0]?.text).toMatch(/could not be completed/);
    expect(server.requests[2]?.messages.at(-1)?.toolResults[0]?.text).toMatch(/withheld/);
    const failed = new Set(events.flatMap((event) => (event.type === "hook_failed" ? event.hook : [])));
    expect(failed.size).toBe(5);
  });

  test("thrown by a hook that nothing goes on without ends the run as any other error does", async () => {
    const { ws } = await setting([done]);
    ws.hooks.register("before_agent_start", thrower(odd));
    await expect(ws.run({ message: "go" })).rejects.toMatchObject({ code: "HOOK_FAILED" });
  });

  test("thrown by a listener, or what its promise rejects with, is of no effect", async () => {
    const { ws } = await setting([done, done]);
    expect(await ws.run({ message: "go", onEvent: thrower(odd) })).toMatchObject({ response: "done" });
    const onEvent = async () => thrower(odd)();
    expect(await ws.run({ message: "go", onEvent })).toMatchObject({ response: "done" });
  });
});

test("an object that cannot be made a text as the reason of an abort ends the run as any other does", async () => {
  const { ws } = await setting([bash("sleep 600"), done]);
  const abort = new AbortController();
  const onEvent = ({ type }: { type: string }) => type === "tool_start" && abort.abort(Object.create(null));
  const run = ws.run({ message: "go", signal: abort.signal, onEvent });
  await expect(run).rejects.toMatchObject({ code: "RUN_ABORTED" });
});
