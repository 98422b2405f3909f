import { describe, expect, test } from "vitest";
import { createPlatform, InvalidOptionError, type SubagentRole } from "../../src/index.ts";
import { effectiveSubagents } from "../../src/options/subagent-options.ts";
import { temporaryDirectory } from "../temporary-directory.ts";

const reader: SubagentRole = { description: "Reads." };

describe("the option subagents", () => {
  test.each([
    ["an unknown bound", { maxDeep: 3 }],
    ["a depth beyond five", { maxDepth: 6 }],
    ["no place for any", { maxConcurrent: 0 }],
    ["a number that is not whole", { maxTotal: 1.5 }],
    ["a role without a description", { roles: { reader: {} } }],
    ["a role with an unknown option", { roles: { reader: { ...reader, access: "rw" } } }],
    ["files that are more than there are", { roles: { reader: { ...reader, files: "read-write" } } }],
    ["a tool that the sandbox has not", { roles: { reader: { ...reader, tools: ["subagent_spawn"] } } }],
    ["a role to start that is none", { roles: { reader: { ...reader, canSpawn: ["writer"] } } }],
    ["a budget of a day", { roles: { reader: { ...reader, budget: { day: { maxTurns: 1 } } } } }],
    ["a name that no file could have", { roles: { "a/b": reader } }],
    ["a name of a built-in", { roles: { constructor: reader } }],
    ["the name of a prototype", { roles: JSON.parse('{"__proto__": {"description": "x"}}') }],
    ["a long description", { roles: { reader: { description: "x".repeat(1001) } } }],
    ["no time", { roles: { reader: { ...reader, timeoutMs: 0 } } }],
    [
      "too many roles",
      { roles: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`r${i}`, reader])) },
    ],
  ])("refuses %s, of platform and workspace alike", async (_, subagents) => {
    const stateDir = temporaryDirectory();
    // @ts-expect-error as a caller without types might
    expect(() => createPlatform({ stateDir, subagents })).toThrow(InvalidOptionError);
    // @ts-expect-error as a caller without types might
    const made = createPlatform({ stateDir, env: {} }).createWorkspace("ada", { subagents });
    await expect(made).rejects.toBeInstanceOf(InvalidOptionError);
  });

  test("is kept by a workspace", async () => {
    const stateDir = temporaryDirectory();
    const subagents = { roles: { reader: { ...reader, canSpawn: ["reader"] } }, maxDepth: 5 };
    await createPlatform({ stateDir, env: {} }).createWorkspace("ada", { subagents });
    await expect(createPlatform({ stateDir, env: {} }).getWorkspace("ada")).resolves.toMatchObject({
      userId: "ada",
    });
  });

  test("of a workspace stands before the platform's: all roles, and bound by bound", () => {
    const platform = { roles: { reader }, maxDepth: 4, maxTotal: 7 };
    const workspace = { roles: { writer: reader }, maxDepth: 1 };
    const both = effectiveSubagents(platform, workspace);
    expect([...both.roles.keys()]).toEqual(["writer"]);
    expect(both).toMatchObject({ maxDepth: 1, maxTotal: 7, maxConcurrent: 4 });
    expect([...effectiveSubagents(platform, { maxDepth: 1 }).roles.keys()]).toEqual(["reader"]);
    expect(effectiveSubagents(undefined, undefined)).toEqual({
      roles: new Map(),
      maxDepth: 2,
      maxConcurrent: 4,
      maxTotal: 20,
    });
  });
});
