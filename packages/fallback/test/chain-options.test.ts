import { describe, expect, it } from "vitest";
import { createFallback, type FallbackOptions, FallbackOptionsError, systemClock } from "../src/index.ts";
import { scriptedTask } from "./support/scripted-task.ts";

/** Options as JavaScript may give them. */
const create = (options: Record<string, unknown>) =>
  createFallback({ candidates: ["a/m"], ...options } as FallbackOptions);

describe("the options of a chain", () => {
  it.each<[string, Record<string, unknown>]>([
    ["candidates", { candidates: undefined }],
    ["candidates", { candidates: [] }],
    ["candidates", { candidates: "a/m" }],
    ["candidates", { candidates: ["m"] }],
    ["candidates", { candidates: ["/m"] }],
    ["candidates", { candidates: ["a/"] }],
    ["candidates", { candidates: [null] }],
    ["candidates", { candidates: [{ provider: "a" }] }],
    ["candidates", { candidates: [{ provider: "a", model: "m", url: "x" }] }],
    ["candidates", { candidates: [{ provider: "a", model: "m", endpoint: "" }] }],
    ["candidates", { candidates: [{ provider: "a", model: "m", contextWindow: Number.NaN }] }],
    ["candidates", { candidates: ["a/m", "b/m", { provider: "a", model: "m" }] }],
    ["keys", { keys: "sk-1" }],
    ["keys", { keys: { a: [""] } }],
    ["attempts", { attempts: 0 }],
    ["attempts", { attempts: Number.NaN }],
    ["attempts", { attempts: null }],
    ["maxAttempts", { maxAttempts: 1.5 }],
    ["deadlineMs", { deadlineMs: Number.POSITIVE_INFINITY }],
    ["deadlineMs", { deadlineMs: 2 ** 31 }],
    ["attemptTimeoutMs", { attemptTimeoutMs: -1 }],
    ["attemptTimeoutMs", { attemptTimeoutMs: null }],
    ["baseMs", { backoff: { baseMs: -1 } }],
    ["maxMs", { backoff: { maxMs: Number.NaN } }],
    ["factor", { backoff: { factor: 2 } }],
    ["jumpOn", { jumpOn: ["auth"] }],
    ["jumpOn", { jumpOn: "none" }],
    ["stepsMs", { cooldown: { stepsMs: [] } }],
    ["stepsMs", { cooldown: { stepsMs: [Number.NaN] } }],
    ["billingStepsMs", { cooldown: { billingStepsMs: 5 } }],
    ["probeShare", { cooldown: { probeShare: 1.1 } }],
    ["allowed", { cooldown: { allowed: { rate_limit: -1 } } }],
    ["allowed", { cooldown: { allowed: { format: 1 } } }],
    ["allowed", { cooldown: { allowed: 3 } }],
    ["store", { store: { get: () => undefined } }],
    ["clock", { clock: systemClock.now }],
    ["random", { random: 0.5 }],
    ["classify", { classify: "none" }],
    ["onEvent", { onEvent: {} }],
    ["retries", { retries: 3 }],
  ])("refuse %s as %o", (option, options) => {
    expect(() => create(options)).toThrow(FallbackOptionsError);
    expect(() => create(options)).toThrow(expect.objectContaining({ option }));
  });

  it("may be undefined, as if they were not there", async () => {
    const chain = create({ keys: undefined, attempts: undefined, backoff: undefined, cooldown: undefined });
    expect((await chain.run(scriptedTask())).value).toBe("answer of m");
    // Of the types too: this compiles with exactOptionalPropertyTypes.
    const inner: Partial<FallbackOptions> = {
      backoff: { baseMs: undefined, maxMs: undefined },
      cooldown: { allowed: { rate_limit: undefined } },
    };
    expect((await create({ ...inner }).run(scriptedTask())).value).toBe("answer of m");
  });

  it.each(["gpt-5", "openai/", "/gpt-5"])("say what is wrong with a candidate such as %s", (name) => {
    expect(() => create({ candidates: ["a/m", name] })).toThrow(`candidates[1] is "${name}"; write provider`);
  });

  it("show no key", () => {
    const key = "secret with blanks";
    expect(() => create({ keys: { a: key } })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(key) }),
    );
  });

  it("take a model's name with slashes, and the same model at two endpoints", async () => {
    const endpoints = ["http://one", "http://two"].map((endpoint) => ({
      provider: "a",
      model: "m",
      endpoint,
    }));
    const chain = createFallback({ candidates: ["router/org/model:free", ...endpoints] });
    const { candidate, key } = await chain.run(scriptedTask());
    expect(candidate).toEqual({ provider: "router", model: "org/model:free" });
    expect(key).toBeUndefined();
  });

  it("take a classifier, which must give a classification", async () => {
    const candidates = ["a/m1", "b/m2"];
    const gone = {
      reason: "model_not_found",
      retryable: true,
      scope: "model",
      confidence: 1,
      matched: "own",
    } as const;
    const chain = createFallback({ candidates, classify: (error) => (error === "gone" ? gone : gone) });
    const { attempts } = await chain.run(async ({ model }) => {
      if (model === "m1") throw "gone";
      return model;
    });
    expect(attempts).toMatchObject([
      { outcome: "model_not_found", matched: "own", message: "gone" },
      { outcome: "ok" },
    ]);
    const broken = create({ classify: () => ({ reason: "boredom" }) });
    await expect(broken.run(scriptedTask("auth"))).rejects.toMatchObject({
      option: "classify",
      message: expect.stringContaining("{ reason, scope, retryable, confidence, matched }"),
    });
  });
});

describe("the options of a run", () => {
  it("refuse what is no task", async () => {
    // @ts-expect-error it is left out
    await expect(create({}).run()).rejects.toMatchObject({ code: "FALLBACK_OPTIONS", option: "task" });
  });

  it.each<[string, Record<string, unknown>]>([
    ["sessionId", { sessionId: "" }],
    ["signal", { signal: {} }],
    ["deadlineMs", { deadlineMs: Number.NaN }],
    ["requestTokens", { requestTokens: -1 }],
    ["onContextOverflow", { onContextOverflow: "retry" }],
    ["onEvent", { onEvent: 1 }],
    ["timeout", { timeout: 1 }],
  ])("refuse %s as %o, and nobody is asked", async (option, options) => {
    const task = scriptedTask();
    await expect(create({}).run(task, options)).rejects.toMatchObject({ code: "FALLBACK_OPTIONS", option });
    expect(task.asked).toEqual([]);
  });
});
