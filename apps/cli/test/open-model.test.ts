import { expect, test } from "vitest";
import { chooseModel } from "../src/model-choice.ts";
import { openModel } from "../src/run/open-model.ts";

const baseUrl = "http://127.0.0.1:8080/v1";

test("each key of a list is looked for in the sandbox", async () => {
  const env = { CUSTOM_API_KEYS: "key-number-one, key-number-two", OPENAI_KEY_1: "key-number-three" };
  await using model = await openModel(chooseModel({ baseUrl, model: "m" }, env), env);
  expect(Object.fromEntries(model.secrets)).toEqual({
    CUSTOM_API_KEYS: "key-number-one",
    "CUSTOM_API_KEYS, no. 2": "key-number-two",
    OPENAI_KEY_1: "key-number-three",
  });
  expect(model.apiKeys).toEqual({});
});

test("a server of one's own without a key is asked with any text", async () => {
  await using model = await openModel(chooseModel({ baseUrl, model: "m" }, {}), {});
  expect(model.apiKeys).toEqual({ custom: "none" });
});
