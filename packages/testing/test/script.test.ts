import { describe, expect, it } from "vitest";
import {
  type ModelReply,
  ModelServerError,
  type ModelServerOptions,
  type ScriptContext,
  startModelServer,
} from "../src/index.ts";
import { errorOf, nextRequest, post } from "./http-client.ts";

/** For values that TypeScript users cannot write but JavaScript users can. */
function start(options: unknown) {
  return startModelServer(options as ModelServerOptions);
}

const unusable: [field: string, reply: unknown][] = [
  ["reply must be an object", "hello"],
  ["reply must be an object", null],
  ['reply has no field "txt"', { txt: "hello" }],
  ['reply has no field "constructor"', { text: "x", constructor: 1 }],
  ["reply.text must be a string", { text: 5 }],
  ["reply has no content", {}],
  ["reply has no content", { text: "", toolCalls: [] }],
  ["reply.chunkSize must be a whole number of at least 1", { text: "x", chunkSize: 0 }],
  ["reply.chunkDelayMs must be a whole number from 0 to 2147483647", { text: "x", chunkDelayMs: -1 }],
  ["reply.stopReason must be one of stop, toolUse", { text: "x", stopReason: "end_turn" }],
  ["reply.usage has no field", { text: "x", usage: { input: 5 } }],
  ["reply.usage.inputTokens must be a whole number", { text: "x", usage: { inputTokens: 1.5 } }],
  ["reply.toolCalls must be an array", { toolCalls: {} }],
  ["reply.toolCalls[0] must be an object", { toolCalls: [null] }],
  ["reply.toolCalls[0] needs name and arguments", { toolCalls: [{ name: "x" }] }],
  ["reply.toolCalls[0].arguments must be", { toolCalls: [{ name: "x", arguments: 5 }] }],
  ["reply.toolCalls[0] has no field", { toolCalls: [{ name: "x", input: {} }] }],
  [
    "reply.toolCalls[1].id a is used twice",
    { toolCalls: Array(2).fill({ id: "a", name: "x", arguments: {} }) },
  ],
  ["reply.fault has no field", { fault: { statusCode: 429 } }],
  ["reply.fault.status must be a whole number from 200 to 599", { fault: { status: 99 } }],
  ["reply.fault.headers must be", { fault: { status: 429, headers: { "retry-after": 1 } } }],
  ["reply.fault.headers must be", { fault: { status: 429, headers: { "bad name": "x" } } }],
  ["reply.fault.headers must be", { fault: { status: 429, headers: { x: "a\nb" } } }],
  ["reply.fault.headers and reply.fault.body need", { text: "x", fault: { body: "y" } }],
  ["reply.fault.status cannot be combined with hang", { fault: { status: 500, hang: true } }],
  ["reply.fault.hang cannot be combined with", { fault: { hang: true, cutAfterChunks: 1 } }],
  ["reply.fault.hang must be true", { text: "x", fault: { hang: false } }],
  ["reply has both content and a fault", { text: "x", fault: { emptyAnswer: true } }],
];

describe("startModelServer", () => {
  it.each([
    ["must be an object", undefined],
    ["needs a script", {}],
    ["script must be an array or a function", { script: "hello" }],
    ['has no field "steps"', { script: [], steps: [] }],
    ["host must be", { script: [], host: "" }],
    ["port must be a whole number from 0 to 65535", { script: [], port: 65_536 }],
    ["models must be an array of strings", { script: [], models: "gpt" }],
    ["keepRequests must be", { script: [], keepRequests: 0 }],
  ])("rejects options: %s", async (message, options) => {
    const error = await start(options).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ModelServerError);
    expect(error).toMatchObject({ name: "ModelServerError", code: "MODEL_SERVER_OPTIONS" });
    expect(String(error)).toContain(message);
  });

  it.each(unusable)("rejects a step: %s", async (message, reply) => {
    const starting = start({ script: [{ text: "fine" }, reply] });
    await expect(starting).rejects.toMatchObject({
      code: "MODEL_SERVER_OPTIONS",
      message: expect.stringContaining(`script[1]: ${message}`),
      cause: { code: "MODEL_SERVER_REPLY" },
    });
  });
});

describe("a script's function", () => {
  it.each(unusable)("that answers badly is told to client and test: %s", async (message, reply) => {
    await using server = await start({ script: () => reply });
    const response = await post(server, "openai");
    expect(response.status).toBe(400);
    expect(response.headers.get("x-should-retry")).toBe("false");
    expect((await errorOf(response)).message).toContain(message);
    expect(server.errors).toMatchObject([
      { code: "MODEL_SERVER_REPLY", message: expect.stringContaining(message) },
    ]);
  });

  it("that throws is told to client and test", async () => {
    const cause = new TypeError("no such thing");
    const script = () => Promise.reject(cause);
    await using server = await startModelServer({ script });
    const response = await post(server, "anthropic");
    expect((await errorOf(response)).message).toContain("no such thing");
    expect(server.errors).toMatchObject([{ code: "MODEL_SERVER_SCRIPT", cause }]);
  });

  it("that answers what JSON cannot hold is told to client and test", async () => {
    await using server = await start({
      script: () => ({ toolCalls: [{ name: "x", arguments: { big: 1n } }] }),
    });
    const response = await post(server, "openai");
    expect((await errorOf(response)).message).toContain("cannot be sent");
    expect(server.errors).toMatchObject([{ code: "MODEL_SERVER_REPLY" }]);
  });

  it("is told how many requests came before, of those that a provider would accept", async () => {
    const indexes: number[] = [];
    const script = (_request: unknown, { index }: ScriptContext): ModelReply => {
      indexes.push(index);
      return { text: "x" };
    };
    await using server = await startModelServer({ script });
    await post(server, "openai");
    await post(server, "openai", { messages: [] });
    await post(server, "anthropic");
    expect(indexes).toEqual([0, 1]);
    expect(server.requests.map((request) => request.index)).toEqual([0, 1, 2]);
  });

  it.each(["client", "server"] as const)(
    "hears when the %s is gone, and may then fail unnoticed",
    async (side) => {
      const stopped = Promise.withResolvers<void>();
      const script = (_request: unknown, { signal }: ScriptContext) =>
        new Promise<ModelReply>((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            reject(signal.reason);
            stopped.resolve();
          });
        });
      await using server = await startModelServer({ script });
      const client = new AbortController();
      const arrived = nextRequest(server);
      const answer = post(server, "openai", {}, { signal: client.signal });
      const request = await arrived;
      const gone = expect(answer).rejects.toThrow();
      if (side === "client") client.abort();
      else await server.close();
      await stopped.promise;
      await gone;
      expect(await request.ended).toBe(side === "client" ? "aborted" : "closed");
      expect(request.aborted).toBe(side === "client");
      expect(server.errors).toEqual([]);
    },
  );

  it("keeps many conversations apart", async () => {
    const script = ({ messages }: { messages: readonly { text: string }[] }) => ({
      text: `to ${messages[0]?.text}`,
    });
    await using server = await startModelServer({ script });
    const numbers = Array.from({ length: 300 }, (_, number) => number);
    const answers = await Promise.all(
      numbers.map(async (number) => {
        const response = await post(server, "openai", { messages: [{ role: "user", content: `${number}` }] });
        return JSON.stringify(await response.json());
      }),
    );
    for (const number of numbers) expect(answers[number]).toContain(`"to ${number}"`);
    expect(server.requests).toHaveLength(300);
  });
});

describe("a script's list", () => {
  it("is used up in order, steps and functions alike", async () => {
    await using server = await startModelServer({
      script: [{ text: "one" }, (_request, { index }) => ({ text: `two, index ${index}` })],
    });
    expect(await (await post(server, "openai")).text()).toContain('"one"');
    expect(await (await post(server, "openai")).text()).toContain('"two, index 1"');
    const third = await post(server, "openai");
    expect(third.status).toBe(400);
    expect((await errorOf(third)).message).toContain("The script has 2 steps and this is request 3");
    expect(server.errors).toMatchObject([{ code: "MODEL_SERVER_SCRIPT_EXHAUSTED" }]);
  });
});
