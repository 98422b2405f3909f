import { describe, expect, test } from "vitest";
import { findModelTarget, requireModelTarget } from "../src/broker/model-choice.ts";

const anthropic = { provider: "anthropic", model: "claude", baseUrl: "http://a" };

describe("which model a run calls", () => {
  test("the run is stronger than the workspace, the workspace than the platform", () => {
    expect(findModelTarget([{ model: "m" }, anthropic, { baseUrl: "http://b" }])).toEqual({
      ...anthropic,
      model: "m",
    });
    expect(findModelTarget([{}, { provider: "p" }, { provider: "p", model: "m" }])).toEqual({
      provider: "p",
      model: "m",
      baseUrl: undefined,
    });
  });

  test("another provider gets neither the model nor the base URL that were meant for the first", () => {
    expect(findModelTarget([{ provider: "openai", model: "gpt" }, anthropic])).toEqual({
      provider: "openai",
      model: "gpt",
      baseUrl: undefined,
    });
    expect(() => requireModelTarget([{ provider: "openai" }, anthropic])).toThrow(
      /no model of provider "openai"/,
    );
    // The base URL stands at a level without a provider, but goes with the one of the level below.
    expect(
      findModelTarget([{ provider: "openai", model: "gpt" }, { baseUrl: "http://w" }, anthropic]),
    ).toMatchObject({
      baseUrl: undefined,
    });
  });

  test("what stands below every provider goes with any", () => {
    expect(
      findModelTarget([{}, { provider: "openai", model: "gpt" }, { baseUrl: "http://gateway" }]),
    ).toMatchObject({
      baseUrl: "http://gateway",
    });
  });

  test("what is missing is named", () => {
    expect(findModelTarget([{}, { model: "m" }])).toBeUndefined();
    expect(() => requireModelTarget([{}, { model: "m" }])).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", option: "provider" }),
    );
    expect(() => requireModelTarget([{ provider: "p" }])).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", option: "model" }),
    );
  });
});
