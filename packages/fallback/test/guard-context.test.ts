import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contextWindowOf, guardContext } from "../src/index.ts";

const refused = (option: string) => expect.objectContaining({ code: "FALLBACK_OPTIONS", option });

describe("the context guard", () => {
  it.each([
    [68_000, "ok", 32_000],
    [68_001, "warn", 31_999],
    [84_000, "warn", 16_000],
    [84_001, "block", 15_999],
    [100_001, "block", -1],
  ] as const)("of 100,000 with %d asked for says %s", (requestTokens, level, roomTokens) => {
    const request = { windowTokens: 100_000, requestTokens };
    expect(guardContext(request)).toEqual({ level, roomTokens, ...request });
  });

  it.each([
    [{ warnTokens: 2000, blockTokens: 1000 }, 6000, "ok"],
    [{ warnTokens: 2000, blockTokens: 1000 }, 6500, "warn"],
    [{ warnTokens: 2000, blockTokens: 1000 }, 7001, "block"],
    [{ warnTokens: 0, blockTokens: 0 }, 8000, "ok"],
    [{ warnTokens: 0, blockTokens: 0 }, 8001, "block"],
    [{ warnTokens: 2000 }, 6001, "block"],
    [{ blockTokens: 1000 }, 0, "warn"],
    [{ blockTokens: 50_000 }, 0, "block"],
    [{ warnTokens: undefined, blockTokens: undefined }, 0, "block"],
  ])("keeps thresholds of its own: %j", (options, requestTokens, level) => {
    expect(guardContext({ windowTokens: 8000, requestTokens }, options).level).toBe(level);
  });

  it("never says less the more is asked for", () => {
    const levels = ["ok", "warn", "block"];
    const tokens = fc.nat({ max: 300_000 });
    fc.assert(
      fc.property(tokens, tokens, tokens, tokens, (window, blockTokens, more, requestTokens) => {
        const options = { blockTokens, warnTokens: blockTokens + more };
        const [less, worse] = [requestTokens, requestTokens + more].map((asked) =>
          levels.indexOf(guardContext({ windowTokens: window + 1, requestTokens: asked }, options).level),
        );
        expect(worse).toBeGreaterThanOrEqual(less ?? 0);
      }),
    );
  });

  it.each([
    ["windowTokens", { windowTokens: 0, requestTokens: 1 }, {}],
    ["windowTokens", { windowTokens: Number.NaN, requestTokens: 1 }, {}],
    ["requestTokens", { windowTokens: 1, requestTokens: -1 }, {}],
    ["requestTokens", { windowTokens: 1, requestTokens: Number.POSITIVE_INFINITY }, {}],
    ["warnTokens", { windowTokens: 1, requestTokens: 1 }, { warnTokens: 1, blockTokens: 2 }],
    ["blockTokens", { windowTokens: 1, requestTokens: 1 }, { blockTokens: -1 }],
    ["warn", { windowTokens: 1, requestTokens: 1 }, JSON.parse('{ "warn": 1 }')],
    ["tokens", { windowTokens: 1, requestTokens: 1, tokens: 1 }, {}],
  ])("refuses a wrong %s (%#)", (option, request, options) => {
    expect(() => guardContext(request, options)).toThrow(refused(option));
  });
});

describe("the context window of a model", () => {
  const candidate = { provider: "groq", model: "openai/gpt-oss-120b", contextWindow: 131_072 };

  it("is what is said of it by name, else what the candidate says, else unknown", () => {
    expect(contextWindowOf(candidate, { "groq/openai/gpt-oss-120b": 8192 })).toBe(8192);
    expect(contextWindowOf(candidate, { "openai/gpt-oss-120b": 8192 })).toBe(131_072);
    expect(contextWindowOf(candidate)).toBe(131_072);
    expect(contextWindowOf({ provider: "ollama", model: "any" })).toBeUndefined();
  });

  it.each([0, -1, 1.5, Number.NaN])("is refused where it is %d", (window) => {
    expect(() => contextWindowOf(candidate, { "groq/openai/gpt-oss-120b": window })).toThrow(
      refused("groq/openai/gpt-oss-120b"),
    );
  });
});
