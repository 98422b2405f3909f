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

test.each([
  [{ ANTHROPIC_API_KEYS: "k1,k2" }, "anthropic", "ANTHROPIC_API_KEYS"],
  [{ OPENAI_API_KEY_10: "k", OPENAI_API_KEY_2: "k" }, "openai", "OPENAI_API_KEY_2"],
  [{ GROQ_KEY_1: "k" }, "groq", "GROQ_KEY_1"],
  [{ GOOGLE_API_KEY: "k" }, "google", "GOOGLE_API_KEY"],
  [{ OPENAI_API_KEY_ID: "k", OPENAI_API_KEY: " ", XAI_API_KEY: "k" }, "xai", "XAI_API_KEY"],
])("a key is found in each form that the platform reads: %o", (env, provider, keyVariable) => {
  expect(chooseModel({}, env)).toMatchObject({ provider, keyVariable });
  const baseUrl = "http://127.0.0.1:8080/v1";
  expect(chooseModel({ baseUrl, provider }, env)).toMatchObject({ baseUrl, keyVariable });
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
