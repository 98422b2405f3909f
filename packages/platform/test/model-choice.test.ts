import { describe, expect, test } from "vitest";
import { findModelTarget, requireModelTarget, requireModelTargets } from "../src/broker/model-choice.ts";

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

describe("which models a run falls back to", () => {
  const names = (...levels: Parameters<typeof requireModelTargets>[0]) =>
    requireModelTargets(levels).map(({ provider, model, baseUrl }) => `${provider} ${model} ${baseUrl}`);

  test("those of the strongest level that gives a list, after its own; an empty list means none", () => {
    const workspace = { ...anthropic, fallbacks: ["openai/gpt"] };
    const platform = { fallbacks: ["groq/llama"] };
    const own = "anthropic claude http://a";
    expect(names({}, workspace, platform)).toEqual([own, "openai gpt undefined"]);
    expect(names({ fallbacks: ["xai/grok"] }, workspace, platform)).toEqual([own, "xai grok undefined"]);
    expect(names({ fallbacks: [] }, workspace, platform)).toEqual([own]);
    expect(names({}, anthropic, platform)).toEqual([own, "groq llama undefined"]);
  });

  test("a base URL goes only to its own provider, or to all where no provider is meant", () => {
    const fallbacks = ["anthropic/small", "openai/gpt", { ...anthropic, baseUrl: "http://own" }];
    const own = "anthropic claude http://a";
    expect(names({ fallbacks }, anthropic)).toEqual([
      own,
      "anthropic small http://a",
      "openai gpt undefined",
      "anthropic claude http://own",
    ]);
    expect(names({ ...anthropic, fallbacks: ["openai/gpt"] }, { baseUrl: "http://gateway" })).toEqual([
      own,
      "openai gpt http://gateway",
    ]);
  });

  test("each is there once, and a model's name may hold slashes", () => {
    const fallbacks = ["anthropic/claude", "openrouter/meta/llama", "openrouter/meta/llama"];
    expect(names({ fallbacks }, anthropic)).toEqual([
      "anthropic claude http://a",
      "openrouter meta/llama undefined",
    ]);
    for (const name of ["gpt", "/gpt", "openai/", " / "]) {
      expect(() => names({ ...anthropic, fallbacks: [name] })).toThrow(
        expect.objectContaining({ code: "INVALID_OPTION", option: "fallbacks" }),
      );
    }
  });
});
