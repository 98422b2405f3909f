import { expect, test } from "vitest";
import { chooseModel, keyVariableOf } from "../src/model-choice.ts";

test("without a key and a flag the scripted model is chosen, and says why", () => {
  expect(chooseModel({}, {})).toEqual({
    kind: "scripted",
    why: expect.stringContaining("ANTHROPIC_API_KEY"),
  });
});

test.each([
  [{ ANTHROPIC_API_KEY: "k" }, "anthropic"],
  [{ OPENAI_API_KEY: "k" }, "openai"],
  [{ GEMINI_API_KEY: "k" }, "google"],
  [{ OPENAI_API_KEY: "k", ANTHROPIC_API_KEY: "k" }, "anthropic"],
  [{ ANTHROPIC_API_KEY: "", OPENAI_API_KEY: "k" }, "openai"],
])("a key in the environment chooses its provider: %o", (env, provider) => {
  const choice = chooseModel({}, env);
  expect(choice).toMatchObject({ kind: "real", provider, keyVariable: keyVariableOf(provider) });
});

test("flags win over the environment", () => {
  const choice = chooseModel({ provider: "openai", model: "gpt-x" }, { ANTHROPIC_API_KEY: "k" });
  expect(choice).toEqual({ kind: "real", provider: "openai", model: "gpt-x" });
});

test("a base URL needs neither a key nor a known provider, but a model", () => {
  const baseUrl = "http://127.0.0.1:8080/v1";
  const choice = chooseModel({ baseUrl, model: "local" }, { ANTHROPIC_API_KEY: "k" });
  expect(choice).toEqual({ kind: "real", provider: "custom", model: "local", baseUrl });
  expect(() => chooseModel({ baseUrl }, {})).toThrow(/name one with --model/);
});

test("a provider that is not known needs a model, and a model needs a provider", () => {
  expect(() => chooseModel({ provider: "constructor" }, {})).toThrow(/no default model is known/);
  expect(() => chooseModel({ model: "m" }, {})).toThrow(/needs --provider/);
});

test("the variable of a provider that is not known follows its name", () => {
  expect(keyVariableOf("my-own.host")).toBe("MY_OWN_HOST_API_KEY");
});
