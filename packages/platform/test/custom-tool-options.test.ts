import { expect, test } from "vitest";
import { InvalidOptionError } from "../src/index.ts";
import { parseRunOptions, type RunOptions } from "../src/run/run-options.ts";

const tool = { name: "a", description: "Does a", parameters: { type: "object" }, execute: () => "done" };

function parse(options: object) {
  // As a caller does who has no types.
  const input: RunOptions = { message: "go", ...options };
  return parseRunOptions(input);
}

test.each([
  ["tools that are no list", { tools: tool }, /tools must be a list/],
  ["a tool that is none", { tools: ["a"] }, /tools\[0\] must be an object/],
  ["a misspelt member", { tools: [{ ...tool, paralel: true }] }, /tools\[0\]: unknown option "paralel"/],
  ["no name", { tools: [{ ...tool, name: "" }] }, /tools\[0\]: name must be a text/],
  ["a name that no model takes", { tools: [{ ...tool, name: "a b" }] }, /1 to 64 letters/],
  ["a name that is too long", { tools: [{ ...tool, name: "a".repeat(65) }] }, /1 to 64 letters/],
  ["a sandbox tool's name", { tools: [{ ...tool, name: "bash" }] }, /"bash" is a tool of the sandbox/],
  ["one name twice", { tools: [tool, { ...tool }] }, /two tools with the name "a"/],
  ["no description", { tools: [{ ...tool, description: undefined }] }, /description is missing/],
  ["no schema", { tools: [{ ...tool, parameters: undefined }] }, /JSON Schema of type "object"/],
  ["a schema of a list", { tools: [{ ...tool, parameters: { type: "array" } }] }, /of type "object"/],
  ["a schema that is no JSON", { tools: [{ ...tool, parameters: { type: "object", a: 1n } }] }, /no JSON/],
  [
    "a huge schema",
    { tools: [{ ...tool, parameters: { type: "object", title: "x".repeat(65_536) } }] },
    /longer than 64 KiB/,
  ],
  ["nothing to execute", { tools: [{ ...tool, execute: "rm" }] }, /execute must be a function/],
  ["a time of no length", { tools: [{ ...tool, timeoutMs: 0 }] }, /timeoutMs must be a whole number/],
  ["an unknown replay", { tools: [{ ...tool, replay: "always" }] }, /replay must be safe or never/],
  ["parallel that is no flag", { tools: [{ ...tool, parallel: "yes" }] }, /parallel must be true or false/],
  ["too many", { tools: Array.from({ length: 101 }, (_, i) => ({ ...tool, name: `a${i}` })) }, /100 tools/],
  ["an unknown execution", { toolExecution: "all" }, /must be one of safe-parallel, parallel, sequential/],
  ["a tool time of no length", { toolTimeoutMs: 0 }, /toolTimeoutMs must be a whole number/],
  ["no turn at all", { maxTurns: 0 }, /maxTurns must be a whole number/],
])("%s is refused", (_, options, message) => {
  expect(() => parse(options)).toThrow(InvalidOptionError);
  expect(() => parse(options)).toThrow(message);
});

test("what is not said has the defaults that the types promise", () => {
  expect(parse({ tools: [tool] })).toMatchObject({
    tools: [{ name: "a", replay: "never", timeoutMs: undefined, parallel: undefined }],
    toolExecution: "safe-parallel",
    toolTimeoutMs: undefined,
    maxTurns: 100,
  });
});

test("a tool is what it was when the run began, and its code is called as the method that it is", async () => {
  class Counter {
    readonly name = "count";
    readonly description = "Counts";
    readonly parameters = { type: "object", properties: {} };
    count = 0;
    execute() {
      this.count += 1;
      return String(this.count);
    }
  }
  const counter = new Counter();
  expect(() => parse({ tools: [counter] })).toThrow(/unknown option "count"/);
  const { parameters, name, description } = counter;
  const given = { name, description, parameters, execute: () => counter.execute() };
  const [read] = parse({ tools: [given] }).tools;
  Object.assign(parameters.properties, { later: { type: "string" } });
  expect(read?.parameters).toEqual({ type: "object", properties: {} });
});
