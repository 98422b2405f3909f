import { describe, expect, it } from "vitest";
import {
  ChainExhaustedError,
  ChainStoppedError,
  createFallback,
  type FallbackOptions,
  type FallbackRunOptions,
} from "../src/index.ts";
import { createFakeClock } from "./support/fake-clock.ts";
import { ProviderError } from "./support/provider-error.ts";
import { type Step, scriptedTask } from "./support/scripted-task.ts";

const KEYS = { a: ["key-of-a-number-0001", "key-of-a-number-0002"], b: "key-of-b-number-0003" };

interface Setting extends Partial<FallbackOptions> {
  readonly run?: FallbackRunOptions;
}

/** Two candidates of provider `a`, which has two keys, and one of `b`; waits are half of the longest. */
async function ask(steps: readonly Step[], { run = {}, ...options }: Setting = {}) {
  const clock = createFakeClock();
  const candidates = ["a/m1", "a/m2", "b/m3"];
  const chain = createFallback({ candidates, keys: KEYS, clock, random: () => 0.5, ...options });
  const task = scriptedTask(...steps);
  const ended = await clock.runUntil(
    chain.run(task, run).then(
      (result) => result,
      (error: unknown) => error,
    ),
  );
  return { asked: task.asked, ended, sleeps: clock.sleeps };
}

describe("who is asked after", () => {
  it("an answer: nobody", async () => {
    const { asked, ended } = await ask([]);
    expect(asked).toEqual(["m1 …0001"]);
    expect(ended).toMatchObject({ value: "answer of m1", key: "…0001", candidate: { model: "m1" } });
  });

  it("rate_limit: the next key, at once", async () => {
    const { asked, sleeps } = await ask(["rate_limit"]);
    expect(asked).toEqual(["m1 …0001", "m1 …0002"]);
    expect(sleeps).toEqual([]);
  });

  it("rate_limit of all keys: the next model, at once", async () => {
    const { asked, sleeps } = await ask(["rate_limit", "rate_limit"]);
    expect(asked).toEqual(["m1 …0001", "m1 …0002", "m2 …0001"]);
    expect(sleeps).toEqual([]);
  });

  it("rate_limit of the only candidate: the same, after a backoff", async () => {
    const { asked, sleeps } = await ask(["rate_limit", "rate_limit"], { candidates: ["b/m3"] });
    expect(asked).toEqual(["m3 …0003", "m3 …0003", "m3 …0003"]);
    expect(sleeps).toEqual([250, 500]);
  });

  it.each(["auth", "auth_permanent", "billing"] as const)(
    "%s: the next key, which is parked for all models",
    async (reason) => {
      const { asked, sleeps } = await ask([reason, reason]);
      expect(asked).toEqual(["m1 …0001", "m1 …0002", "m3 …0003"]);
      expect(sleeps).toEqual([]);
    },
  );

  it.each(["overloaded", "timeout"] as const)(
    "%s: the same with backoff, then the next model, not the next key",
    async (reason) => {
      const { asked, sleeps } = await ask([reason, reason, reason]);
      expect(asked).toEqual(["m1 …0001", "m1 …0001", "m1 …0001", "m2 …0001"]);
      expect(sleeps).toEqual([250, 500]);
    },
  );

  it("timeout of a whole provider: the same with backoff, then the next provider", async () => {
    const down = new ProviderError("timeout", { scope: "provider" });
    const { asked } = await ask([down, down, down]);
    expect(asked).toEqual(["m1 …0001", "m1 …0001", "m1 …0001", "m3 …0003"]);
  });

  it("rate_limit that is allowed, when nobody else is left: the same key again, after a backoff", async () => {
    const setting = { candidates: ["a/m1"], cooldown: { allowed: { rate_limit: 1 } } };
    const { asked, sleeps } = await ask(["rate_limit", "auth"], setting);
    expect(asked).toEqual(["m1 …0001", "m1 …0002", "m1 …0001"]);
    expect(sleeps).toEqual([250]);
  });

  it("rate_limit of a model, whoever asks: the next model", async () => {
    const { asked } = await ask([new ProviderError("rate_limit", { scope: "model" })]);
    expect(asked).toEqual(["m1 …0001", "m2 …0001"]);
  });

  it("auth of a whole provider, such as for a region: the next provider", async () => {
    const { asked } = await ask([new ProviderError("auth", { scope: "provider" })]);
    expect(asked).toEqual(["m1 …0001", "m3 …0003"]);
  });

  it("billing of one model, such as a plan without it: the next key, which stays free for other models", async () => {
    const noPlan = new ProviderError("billing", { scope: "model" });
    const { asked } = await ask([noPlan, noPlan]);
    expect(asked).toEqual(["m1 …0001", "m1 …0002", "m2 …0001"]);
  });

  it("model_not_found: the next model, at once", async () => {
    const { asked, sleeps } = await ask(["model_not_found"]);
    expect(asked).toEqual(["m1 …0001", "m2 …0001"]);
    expect(sleeps).toEqual([]);
  });

  it.each(["content_policy", "format", "none"] as const)(
    "%s: nobody, unless it is named in jumpOn",
    async (reason) => {
      const stopped = await ask([reason]);
      expect(stopped.asked).toEqual(["m1 …0001"]);
      expect(stopped.ended).toBeInstanceOf(ChainStoppedError);
      expect(stopped.ended).toMatchObject({ classification: { reason }, attempts: [{ outcome: reason }] });
      const jumped = await ask([reason], { jumpOn: [reason] });
      expect(jumped.asked).toEqual(["m1 …0001", "m2 …0001"]);
    },
  );

  it("failures of all: nobody; the error has every attempt and says when the first is free", async () => {
    const { asked, ended } = await ask(Array(20).fill("rate_limit"), { attempts: 1 });
    expect(asked).toEqual(["m1 …0001", "m1 …0002", "m2 …0001", "m2 …0002", "m3 …0003"]);
    expect(ended).toBeInstanceOf(ChainExhaustedError);
    expect(ended).toMatchObject({ retryAfterMs: 54_000, classification: { reason: "rate_limit" } });
    expect(ended).toHaveProperty("attempts.length", 5);
  });
});
