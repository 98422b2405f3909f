import { describe, expect, test } from "vitest";
import { type CustomTool, InvalidOptionError } from "../src/index.ts";
import { listen, setting } from "./setting.ts";

const weather: CustomTool = {
  name: "weather",
  description: "Tells the weather of a city",
  parameters: {
    type: "object",
    properties: { city: { type: "string" }, days: { type: "integer", minimum: 1 } },
    required: ["city"],
    additionalProperties: false,
  },
  execute: async ({ city }) => `sunny in ${city}`,
};

function calling(name: string, input: object) {
  return { toolCalls: [{ name, arguments: { ...input } }] };
}

describe.each(["openai", "anthropic"] as const)("a custom tool, by the %s protocol", (protocol) => {
  test("is offered, gets what the model said and whose call it is, and answers the model", async () => {
    const script = [calling("weather", { city: "Oslo", days: 2 }), { text: "sunny" }];
    const { ws, server } = await setting(script, { protocol });
    const { events, onEvent } = listen();
    const calls: unknown[] = [];
    const execute: CustomTool["execute"] = (input, { signal, onUpdate, ...call }) => {
      calls.push({ input, ...call, aborted: signal.aborted });
      onUpdate("looking");
      return [{ type: "text", text: "sunny" }];
    };
    const { response, sessionId } = await ws.run({
      message: "weather?",
      tools: [{ ...weather, execute }],
      onEvent,
    });
    expect(response).toBe("sunny");
    const input = { city: "Oslo", days: 2 };
    const about = { toolCallId: expect.any(String), toolName: "weather" };
    expect(calls).toEqual([
      { input, userId: "ada", sessionId, toolCallId: about.toolCallId, aborted: false },
    ]);
    expect(server.requests[0]?.tools.at(-1)).toMatchObject({ name: "weather" });
    expect(server.requests[1]?.messages.at(-1)?.toolResults[0]?.text).toBe("sunny");
    expect(events.filter(({ type }) => type.startsWith("tool_"))).toEqual([
      { type: "tool_start", ...about, input },
      { type: "tool_update", ...about, output: "looking" },
      { type: "tool_end", ...about, output: "sunny", isError: false },
    ]);
  });
});

/** What the model is told of one call of a tool. */
async function resultOf(tool: CustomTool, input: object, options: { toolTimeoutMs?: number } = {}) {
  const { ws, server } = await setting([calling(tool.name, input), { text: "done" }]);
  const { events, onEvent } = listen();
  await ws.run({ message: "go", tools: [tool], onEvent, ...options });
  const end = events.find((event) => event.type === "tool_end");
  const text = server.requests[1]?.messages.at(-1)?.toolResults[0]?.text;
  return { text, isError: end?.type === "tool_end" && end.isError, raw: server.requests[1]?.raw };
}

test("input that does not fit never reaches the tool, and the model learns all that is wrong with it", async () => {
  let called = 0;
  const execute = () => {
    called += 1;
    return "never";
  };
  expect(await resultOf({ ...weather, execute }, { days: 0, country: "NO" })).toMatchObject({
    isError: true,
    text:
      "The arguments of weather are not valid: it must have required property 'city'; " +
      'it must NOT have additional properties: "country"; /days must be >= 1.',
  });
  expect(called).toBe(0);
});

test("input that a hook has changed is checked again", async () => {
  const { ws, server } = await setting([calling("weather", { city: "Oslo" }), { text: "done" }]);
  let called = 0;
  const execute = () => {
    called += 1;
    return "never";
  };
  ws.hooks.register("before_tool_call", () => ({ input: { city: 5 } }));
  await ws.run({ message: "go", tools: [{ ...weather, execute }] });
  const told = server.requests[1]?.messages.at(-1)?.toolResults[0]?.text;
  expect(told).toBe("The arguments of weather are not valid: /city must be string.");
  expect(called).toBe(0);
});

test("in TypeScript, a tool can say which input it takes", async () => {
  const execute = ({ city, days = 1 }: { city: string; days?: number }) => `${city.length * days}`;
  expect(await resultOf({ ...weather, execute }, { city: "Oslo", days: 3 })).toMatchObject({ text: "12" });
});

test.each([
  { what: "an error", thrown: new TypeError("no such city"), told: "no such city" },
  { what: "what is no error", thrown: "out of order", told: "out of order" },
  { what: "an error without words", thrown: new Error(), told: "weather failed." },
])("$what that a tool throws is told by its words, and the run goes on", async ({ thrown, told }) => {
  const execute = () => {
    throw thrown;
  };
  expect(await resultOf({ ...weather, execute }, { city: "x" })).toMatchObject({ isError: true, text: told });
});

test.each([
  { what: "the tool's", tool: { timeoutMs: 50 }, options: { toolTimeoutMs: 60_000 } },
  { what: "the run's", tool: {}, options: { toolTimeoutMs: 50 } },
])("a tool that takes longer than $what time is given up, also when it does not listen", async (given) => {
  const signals: AbortSignal[] = [];
  const execute: CustomTool["execute"] = (_, { signal }) => {
    signals.push(signal);
    return new Promise(() => undefined);
  };
  const told = await resultOf({ ...weather, ...given.tool, execute }, { city: "x" }, given.options);
  expect(told).toMatchObject({
    isError: true,
    text: "weather timed out after 50 ms; what it had begun may have been done.",
  });
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});

test("an image goes to the model", async () => {
  const image = { type: "image", data: "iVBORw0KGgo=", mimeType: "image/png" } as const;
  const told = await resultOf({ ...weather, execute: () => [image] }, { city: "x" });
  expect(told.isError).toBe(false);
  expect(JSON.stringify(told.raw)).toContain(image.data);
});

test("an abort ends the run at once, also when a tool does not listen", async () => {
  const { ws, transcript } = await setting([calling("weather", { city: "x" }), { text: "goes on" }]);
  const abort = new AbortController();
  const execute = (): Promise<string> => {
    abort.abort(new Error("enough"));
    return new Promise(() => undefined);
  };
  const options = { message: "go", sessionId: "s", signal: abort.signal, tools: [{ ...weather, execute }] };
  await expect(ws.run(options)).rejects.toMatchObject({ code: "RUN_ABORTED", sessionId: "s" });
  expect(transcript("s")).not.toContain("toolResult");
  // The call without a result is answered, and the talk goes on.
  expect(await ws.run({ message: "again", sessionId: "s" })).toMatchObject({ response: "goes on" });
});

test("what a tool shows after its end is not told", async () => {
  const { ws } = await setting([calling("weather", { city: "x" }), { text: "done" }]);
  const { events, onEvent } = listen();
  let show: (text: string) => void = () => undefined;
  const execute: CustomTool["execute"] = (_, { onUpdate }) => {
    show = onUpdate;
    onUpdate("y".repeat(5000));
    return "done";
  };
  const run = ws.run({ message: "go", tools: [{ ...weather, execute }], onEvent });
  await run;
  show("late");
  const updates = events.flatMap((event) => (event.type === "tool_update" ? [event.output] : []));
  expect(updates).toEqual(["y".repeat(4096)]);
});

test("a schema that cannot be used is refused before anything starts", async () => {
  const { ws, server } = await setting([]);
  const { events, onEvent } = listen();
  const parameters = { type: "object", properties: { a: { $ref: "#/$defs/none" } } };
  const run = ws.run({ message: "go", tools: [weather, { ...weather, name: "b", parameters }], onEvent });
  await expect(run).rejects.toBeInstanceOf(InvalidOptionError);
  await expect(run).rejects.toThrow(/tools\[1\]: parameters cannot be used: can't resolve reference/);
  expect(events).toEqual([]);
  expect(server.requests).toEqual([]);
});
