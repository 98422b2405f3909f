import { unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, expectTypeOf, test } from "vitest";
import { bash, listen, setting } from "./setting.ts";

interface City {
  readonly city: string;
  readonly people: number;
}

const schema = {
  type: "object",
  properties: { city: { type: "string" }, people: { type: "integer", minimum: 0 } },
  required: ["city", "people"],
  additionalProperties: false,
};
const rome: City = { city: "Rome", people: 2_748_109 };

function submit(args: object | string, text?: string) {
  const call = { name: "submit_output", arguments: typeof args === "string" ? args : { ...args } };
  return { ...(text === undefined ? {} : { text }), toolCalls: [call] };
}

describe.each(["openai", "anthropic"] as const)("an output over the %s protocol", (protocol) => {
  test("is what the model submits, after its tools; nothing more is asked", async () => {
    const { ws, server } = await setting([bash("cat facts.txt"), submit(rome)], { protocol });
    writeFileSync(join(ws.filesDir, "facts.txt"), "Rome has 2748109 people");
    const { events, onEvent } = listen();
    const result = await ws.run<City>({ message: "which city?", schema, onEvent });
    expectTypeOf(result.output).toEqualTypeOf<City>();
    expect(result.output).toEqual(rome);
    expect(result).toMatchObject({ turns: 2, response: JSON.stringify(rome), stopReason: "stop" });
    expect(events.at(-1)).toMatchObject({ type: "done", output: rome });
    expect(server.requests).toHaveLength(2);
    const tool = server.requests[0]?.tools.find(({ name }) => name === "submit_output");
    expect(JSON.stringify(tool)).toContain('"people"');
    expect(server.requests[0]?.system).toContain("submit_output");
  });

  test("that does not fit is refused with what is wrong, and asked for again", async () => {
    const { ws, server } = await setting(
      [submit({ city: "Rome" }), { text: "It is Rome." }, submit(rome, "Here it is.")],
      { protocol },
    );
    const { events, onEvent } = listen();
    const result = await ws.run({ message: "which city?", schema, onEvent });
    expect(result).toMatchObject({ output: rome, turns: 3, response: "Here it is." });
    expect(server.requests[1]?.messages.at(-1)?.toolResults[0]?.text).toMatch(/people/);
    expect(server.requests[2]?.messages.at(-1)?.text).toMatch(/Call submit_output/);
    expect(events.filter(({ type }) => type === "output_retry")).toEqual([
      { type: "output_retry", turn: 1, failures: 1, problem: expect.stringMatching(/people/) },
      { type: "output_retry", turn: 2, failures: 2, problem: expect.stringMatching(/words/) },
    ]);
  });

  test("leaves a session to go on with", async () => {
    const { ws, server } = await setting([submit(rome), { text: "in Italy" }], { protocol });
    await ws.run({ message: "which city?", schema, sessionId: "s" });
    expect(await ws.run({ message: "where?", sessionId: "s" })).toMatchObject({
      response: "in Italy",
      output: undefined,
    });
    expect(server.requests[1]?.tools.map(({ name }) => name)).not.toContain("submit_output");
  });
});

describe("an output that never fits", () => {
  test.each([
    ["by its input", { ...rome, people: -1 }, /people/],
    ["by input that is no JSON", '{"city": ', /city|people|valid/],
  ])("%s ends the run with a typed error after outputRetries", async (_, args, problem) => {
    const { ws, server } = await setting(() => submit(args));
    const run = ws.run({ message: "which city?", schema, outputRetries: 1, sessionId: "s" });
    await expect(run).rejects.toMatchObject({
      code: "OUTPUT_FAILED",
      sessionId: "s",
      problem: expect.stringMatching(problem),
      message: expect.stringMatching(/after 2 tries.*raise outputRetries/s),
      attempts: [{ turn: 1 }, { turn: 2 }],
    });
    expect(server.requests).toHaveLength(2);
  });

  test("as the model only talks ends it after two retries by default; the session can go on", async () => {
    const { ws, server } = await setting(({ messages }) => ({ text: `${messages.length}` }));
    await expect(ws.run({ message: "go", schema, sessionId: "s" })).rejects.toMatchObject({
      code: "OUTPUT_FAILED",
    });
    expect(server.requests).toHaveLength(3);
    expect(await ws.run({ message: "well?", sessionId: "s" })).toMatchObject({ response: "7" });
  });

  test("may be given no second try", async () => {
    const { ws, server } = await setting(() => ({ text: "Rome" }));
    const run = ws.run({ message: "go", schema, outputRetries: 0 });
    await expect(run).rejects.toMatchObject({ message: expect.stringMatching(/after 1 try:/) });
    expect(server.requests).toHaveLength(1);
  });
});

describe("an output", () => {
  test("may come from a fallback", async () => {
    const { ws } = await setting(
      ({ model }) => (model === "other" ? submit(rome) : { fault: { status: 500 } }),
      { fallbacks: ["openai/other"] },
    );
    const result = await ws.run({ message: "go", schema, maxRetries: 0 });
    expect(result).toMatchObject({ output: rome, model: "other" });
  });

  test("is the last good one of an answer; the other tools of that answer are carried out", async () => {
    const { ws } = await setting([
      {
        toolCalls: [
          ...submit({ ...rome, people: 1 }).toolCalls,
          ...bash("echo seen > seen").toolCalls,
          ...submit(rome).toolCalls,
          ...submit({ city: "none" }).toolCalls,
        ],
      },
    ]);
    const { events, onEvent } = listen();
    expect(await ws.run({ message: "go", schema, onEvent })).toMatchObject({ output: rome, turns: 1 });
    expect(events.filter(({ type }) => type === "tool_end")).toHaveLength(4);
  });

  test("is not the end when something was said meanwhile: the output after that counts", async () => {
    const { ws, server } = await setting([
      { toolCalls: [...submit({ city: 1 }).toolCalls, ...submit({ ...rome, people: 1 }).toolCalls] },
      bash("echo one, two, three"),
      submit(rome),
    ]);
    const stream = ws.stream<City>({ message: "go", schema, outputRetries: 0 });
    const said = stream.followUp("count anew");
    const { output, turns } = await stream.result;
    await said;
    expectTypeOf(output).toEqualTypeOf<City>();
    expect({ output, turns }).toEqual({ output: rome, turns: 3 });
    expect(server.requests[1]?.messages.at(-1)?.text).toBe("count anew");
  });

  test("that could not be stored is none", async () => {
    const { ws } = await setting([submit(rome)]);
    const sessions = join(ws.filesDir, "..", "sessions");
    const run = ws.run({
      message: "go",
      schema,
      sessionId: "s",
      onEvent: ({ type }) => type === "tool_end" && unlinkSync(join(sessions, "s.lock")),
    });
    await expect(run).rejects.toMatchObject({ code: "SESSION_LOCK_LOST" });
  });

  test("that a hook has blocked, or withheld, is none", async () => {
    const { ws } = await setting([submit(rome), submit(rome), submit(rome)]);
    let count = 0;
    ws.hooks.register("before_tool_call", () => {
      count += 1;
      return count === 1 ? { block: true, reason: "not yet" } : undefined;
    });
    ws.hooks.register("after_tool_call", () => (count === 2 ? { isError: true } : undefined));
    const { events, onEvent } = listen();
    expect(await ws.run({ message: "go", schema, onEvent })).toMatchObject({ output: rome, turns: 3 });
    expect(events.filter(({ type }) => type === "output_retry")).toHaveLength(2);
  });

  test.each([
    ["a list", { type: "array", items: { type: "integer" } }, [1, 2], ["1"]],
    ["a text", { type: "string", enum: ["yes", "no"] }, "yes", "maybe"],
    ["null", { type: ["string", "null"] }, null, 5],
    [
      "a tree, by a reference to itself",
      { anyOf: [{ type: "integer" }, { type: "array", items: { $ref: "#" } }] },
      [1, [2, [3]]],
      [1, ["two"]],
    ],
    [
      "a schema with definitions and of draft-07",
      {
        $schema: "http://json-schema.org/draft-07/schema#",
        definitions: { n: { type: "integer" } },
        items: [{ $ref: "#/definitions/n" }],
        type: "array",
      },
      [1],
      ["one"],
    ],
    [
      "a value that looks like a reference",
      { enum: [{ $ref: "#" }] },
      { $ref: "#" },
      { $ref: "#/properties/output" },
    ],
  ])("may be %s", async (_, given, good, bad) => {
    const { ws, server } = await setting([submit({ output: bad }), submit({ output: good })]);
    expect((await ws.run({ message: "go", schema: given })).output).toEqual(good);
    expect(server.requests).toHaveLength(2);
  });
});

describe("the option schema", () => {
  test.each([
    ["no object", { schema: "string" }, "schema"],
    ["an unusable schema", { schema: { type: "objekt" } }, "schema"],
    ["one beyond 64 KiB", { schema: { description: "x".repeat(65_536) } }, "schema"],
    ["retries without it", { outputRetries: 1 }, "outputRetries"],
    ["retries beyond 10", { schema, outputRetries: 11 }, "outputRetries"],
  ])("refuses %s before anything starts", async (_, options, option) => {
    const { ws, server } = await setting([]);
    const run = ws.run({ message: "go", ...JSON.parse(JSON.stringify(options)) });
    await expect(run).rejects.toMatchObject({ code: "INVALID_OPTION", option });
    expect(server.requests).toHaveLength(0);
  });

  test("leaves no room for a tool of the application's of the same name", async () => {
    const { ws } = await setting([]);
    const tool = {
      name: "submit_output",
      description: "x",
      parameters: { type: "object" },
      execute: () => "",
    };
    await expect(ws.run({ message: "go", schema, tools: [tool] })).rejects.toMatchObject({
      code: "INVALID_OPTION",
      option: "tools",
    });
  });
});
