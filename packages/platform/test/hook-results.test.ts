import { describe, expect, test } from "vitest";
import { type HookName, hookNames } from "../src/hooks/hook-inputs.ts";
import { readHookResult } from "../src/hooks/hook-results.ts";
import { createPlatform } from "../src/index.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const text = { type: "text", text: "" };
const image = { type: "image", data: "AAAA", mimeType: "image/png" };

describe("what a hook returns", () => {
  test.each(hookNames)("may be nothing: %s", (name) => {
    expect(readHookResult(name, undefined)).toBeUndefined();
  });

  test.each<[HookName, unknown]>([
    ["before_agent_start", { systemPrompt: "a", prependContext: "b" }],
    ["before_tool_call", { block: true, reason: "no" }],
    ["before_tool_call", { block: false }],
    ["before_tool_call", { input: {} }],
    ["before_model_call", { block: true }],
    ["after_tool_call", { output: "" }],
    ["after_tool_call", { content: [text, image], isError: true }],
  ])("of %s may be %o", (name, value) => {
    expect(readHookResult(name, value)).toMatchObject(Object(value));
  });

  test.each<[HookName, unknown]>([
    ...hookNames.map((name): [HookName, unknown] => [name, { blok: true }]),
    ["before_agent_start", "be brief"],
    ["before_agent_start", { systemPrompt: 1 }],
    ["before_tool_call", null],
    ["before_tool_call", false],
    ["before_tool_call", { block: "true" }],
    ["before_tool_call", { reason: "no" }],
    ["before_tool_call", { block: false, reason: "no" }],
    ["before_tool_call", { input: "ls" }],
    ["before_tool_call", { input: { at: new Date(0) } }],
    ["before_model_call", { input: {} }],
    ["before_model_call", { block: 1 }],
    ["after_tool_call", { output: 1 }],
    ["after_tool_call", { output: "a", content: [text] }],
    ["after_tool_call", { content: "a" }],
    ["after_tool_call", { content: [{ type: "text" }] }],
    ["after_tool_call", { content: [{ type: "image", data: "AAAA" }] }],
    ["after_tool_call", { content: [{ ...text, data: "AAAA" }] }],
    ["after_tool_call", { content: [{ ...image, text: "a" }] }],
    ["after_tool_call", { content: [{ type: "video", data: "AAAA", mimeType: "a/b" }] }],
    ["after_tool_call", { isError: "no" }],
    ["session_end", { block: true }],
  ])("of %s may not be %o", (name, value) => {
    expect(() => readHookResult(name, value)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});

test("types refuse a name that is not known, and a result that has no effect", () => {
  const { hooks } = createPlatform({ stateDir: temporaryDirectory(), env: {} });
  // @ts-expect-error: there is no such hook
  expect(() => hooks.register("before_tool", () => undefined)).toThrow(/none of/);
  // @ts-expect-error: misspelt
  hooks.register("before_tool_call", () => ({ blok: true }));
  // @ts-expect-error: this hook cannot block
  hooks.register("after_tool_call", async () => ({ block: true }));
  // @ts-expect-error: it has no input
  hooks.register("session_start", ({ input }) => void input);
  hooks.register("before_tool_call", async ({ input }) =>
    input.command === "ls" ? { block: true } : undefined,
  );
});
