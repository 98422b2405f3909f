import { expect, test } from "vitest";
import { bashDefinition, builtinTools, readDefinition } from "../src/tool-definitions.ts";
import { workerTools } from "../src/worker/builtin-tools.ts";
import { checkArguments } from "../src/worker/check-arguments.ts";

const read = (given: unknown) => checkArguments("read", readDefinition.parameters, given);

test("takes what fits, drops what is not declared and what is null", () => {
  expect(read({ path: "a", offset: 2, limit: null, description: "why" })).toEqual({ path: "a", offset: 2 });
});

test("takes numbers and booleans that a model wrote as strings", () => {
  expect(read({ path: "5", offset: "12" })).toEqual({ path: "5", offset: 12 });
});

test.each([
  [undefined, "path is missing"],
  ["path", "path is missing"],
  [{ path: 5 }, "path must be a string"],
  [{ path: "a", offset: 1.5 }, "offset must be a whole number"],
  [{ path: "a", offset: "1e3" }, "offset must be a whole number"],
  [{ path: "a", offset: 0 }, "offset must be at least 1"],
  [{ path: "a", limit: [1] }, "limit must be a whole number"],
  [{ offset: "x" }, "path is missing; offset must be a whole number"],
])("refuses %j and says everything that is wrong", (given, complaint) => {
  expect(() => read(given)).toThrow(
    `The arguments of read are not valid: ${complaint}. It takes {path, offset?, limit?}.`,
  );
});

test("does not see inherited arguments", () => {
  expect(() => checkArguments("bash", bashDefinition.parameters, Object.create({ command: "x" }))).toThrow(
    "command is missing",
  );
  const polluting: unknown = JSON.parse('{"command":"x","__proto__":{"timeoutMs":5}}');
  expect(
    Reflect.get(checkArguments("bash", bashDefinition.parameters, polluting), "timeoutMs"),
  ).toBeUndefined();
});

test("every tool that the model is told of is there, and no other", () => {
  expect(workerTools.map(({ definition }) => definition)).toEqual(builtinTools);
  expect(builtinTools.map(({ name }) => name)).toEqual([
    "bash",
    "read",
    "write",
    "edit",
    "grep",
    "find",
    "ls",
  ]);
});
