import { describe, expect, it } from "vitest";
import {
  type ChainEvent,
  ChainExhaustedError,
  createFallback,
  type FallbackOptions,
  NoKeyError,
} from "../src/index.ts";
import { createFakeClock, idle, START } from "./support/fake-clock.ts";
import { ProviderError } from "./support/provider-error.ts";
import { type Step, scriptedTask } from "./support/scripted-task.ts";

const keys = { a: ["key-of-a-number-0001", "key-of-a-number-0002"], b: "key-of-b-number-0003" };

async function listen(steps: readonly Step[], options: Partial<FallbackOptions> = {}) {
  const clock = createFakeClock();
  const events: ChainEvent[] = [];
  const chain = createFallback({
    ...{ candidates: ["a/m1", "b/m2"], keys, clock, random: () => 0.5 },
    ...options,
  });
  const run = chain.run(scriptedTask(...steps), { onEvent: (event) => void events.push(event) });
  const ended: unknown = await clock.runUntil(run.catch((error: unknown) => error));
  return { events, ended, chain, clock };
}

describe("the events of a run", () => {
  it("tell every decision, in order", async () => {
    const limited = new ProviderError("rate_limit", { retryAfterMs: 2500 });
    const { events } = await listen([limited, "overloaded", "auth", "ok"], {
      attempts: 2,
      candidates: ["a/m1", "b/m2", "a/m3"],
    });
    const [first, second] = [
      { provider: "a", model: "m1", key: "…0001" },
      { provider: "a", model: "m1", key: "…0002" },
    ];
    expect(events).toMatchObject([
      { type: "attempt", ...first, number: 1, probe: false },
      { type: "failure", ...first, number: 1, outcome: "rate_limit", retryAfterMs: 2500, durationMs: 0 },
      { type: "cooldown", ...first, reason: "rate_limit", until: START + 2500, failures: 1 },
      { type: "next_key", ...second, reason: "rate_limit" },
      { type: "attempt", ...second, number: 2 },
      { type: "failure", ...second, outcome: "overloaded", matched: "test/overloaded" },
      { type: "retry", ...second, delayMs: 250, reason: "overloaded" },
      { type: "attempt", ...second, number: 3 },
      { type: "failure", ...second, outcome: "auth" },
      { type: "cooldown", ...second, reason: "auth", until: START + 250 + 60_000 },
      { type: "next_model", provider: "b", model: "m2", key: "…0003", reason: "auth" },
      { type: "attempt", provider: "b", model: "m2", key: "…0003", number: 4 },
      { type: "success", provider: "b", model: "m2", key: "…0003", number: 4, outcome: "ok" },
    ]);
  });

  it("tell once who was passed over, and that nobody is left", async () => {
    const { chain, clock } = await listen(Array<Step>(9).fill("auth"));
    const events: ChainEvent[] = [];
    const run = chain.run(scriptedTask(), { deadlineMs: 100, onEvent: (event) => void events.push(event) });
    const error: unknown = await clock.runUntil(run.catch((error: unknown) => error));
    expect(error).toBeInstanceOf(ChainExhaustedError);
    expect(error).toMatchObject({ retryAfterMs: 54_000, attempts: [], classification: undefined });
    const until = START + 60_000;
    expect(events).toEqual([
      { type: "skip", provider: "a", model: "m1", key: "…0001", reason: "auth", until },
      { type: "skip", provider: "a", model: "m1", key: "…0002", reason: "auth", until },
      { type: "skip", provider: "b", model: "m2", key: "…0003", reason: "auth", until },
      { type: "give_up", code: "FALLBACK_EXHAUSTED", attempts: 0 },
    ]);
  });

  it("tell of a cooldown and the wait for it, and not that it is passed over", async () => {
    const { events } = await listen([new ProviderError("rate_limit", { retryAfterMs: 2500 })], {
      candidates: ["b/m2"],
    });
    expect(events.map(({ type }) => type)).toEqual([
      ...["attempt", "failure", "cooldown", "wait", "attempt", "success"],
    ]);
  });

  it("tell once in a run who cools down, however often it is come by", async () => {
    const setting = { candidates: ["a/m1", "b/m2", "b/m3"], keys: undefined };
    const { chain } = await listen([new ProviderError("model_not_found")], setting);
    const events: ChainEvent[] = [];
    const task = scriptedTask("model_not_found");
    await chain.run(task, { onEvent: (event) => void events.push(event) });
    expect(task.asked).toEqual(["m2", "m3"]);
    expect(events.filter(({ type }) => type === "skip")).toMatchObject([{ model: "m1" }]);
  });

  it("tell of the wait for who is free first, and of a look", async () => {
    const { chain, clock } = await listen(["auth"], { candidates: ["b/m2"] });
    await clock.advance(10_000);
    const events: ChainEvent[] = [];
    await clock.runUntil(chain.run(scriptedTask(), { onEvent: (event) => void events.push(event) }));
    expect(clock.now()).toBe(START + 54_000);
    expect(events).toMatchObject([
      { type: "skip", model: "m2" },
      { type: "wait", model: "m2", delayMs: 44_000 },
      { type: "attempt", model: "m2", probe: true },
      { type: "success", model: "m2", probe: true },
    ]);
  });

  it("go to the listeners of the chain and of the run; what these throw is ignored", async () => {
    const seen: string[] = [];
    const clock = createFakeClock();
    const broken = (name: string) => (event: ChainEvent) => {
      seen.push(`${name} ${event.type}`);
      throw new TypeError("a listener's own fault");
    };
    const chain = createFallback({ candidates: ["a/m"], clock, onEvent: broken("chain") });
    await chain.run(scriptedTask(), { onEvent: broken("run") });
    expect(seen).toEqual(["chain attempt", "run attempt", "chain success", "run success"]);
    const later = async (): Promise<void> => Promise.reject(new TypeError("later"));
    await chain.run(scriptedTask(), { onEvent: later });
    await idle();
  });
});

describe("a run", () => {
  it("with keys passes over a provider without any, and has an error of its own where none has", async () => {
    const clock = createFakeClock();
    const task = scriptedTask();
    const candidates = ["a/m1", "b/m2"];
    await createFallback({ candidates, clock, keys: { a: [], b: keys.b } }).run(task);
    expect(task.asked).toEqual(["m2 …0003"]);
    const run = createFallback({ candidates, clock, keys: {} }).run(task);
    await expect(run).rejects.toThrow(NoKeyError);
    await expect(run).rejects.toThrow(/give one for a, b: .*\(A_API_KEY, B_API_KEY\)/);
  });

  it("of a session keeps to its key until that fails; others take turns", async () => {
    const clock = createFakeClock();
    const chain = createFallback({ candidates: ["a/m1"], keys, clock });
    const task = scriptedTask("ok", "ok", "ok", "ok", "rate_limit");
    for (const sessionId of ["s", "s", undefined, "s", "s", "s"]) await chain.run(task, { sessionId });
    expect(task.asked.map((name) => name.slice(-4))).toEqual([
      ...["0001", "0001", "0002", "0001"],
      ...["0001", "0002", "0002"],
    ]);
  });

  it("makes no more attempts than it may", async () => {
    const { ended, events } = await listen(Array<Step>(9).fill("timeout"), { maxAttempts: 4 });
    expect(ended).toBeInstanceOf(ChainExhaustedError);
    expect(ended).toHaveProperty("attempts.length", 4);
    expect(events.at(-1)).toEqual({ type: "give_up", code: "FALLBACK_EXHAUSTED", attempts: 4 });
    // It does not wait for an attempt that it may not make.
    expect(events.at(-2)).toMatchObject({ type: "cooldown", model: "m2" });
  });

  it("asks again after a longer time that the provider names, but goes on where that is too long", async () => {
    const named = (retryAfterMs: number) => new ProviderError("overloaded", { retryAfterMs });
    const short = await listen([named(2000)]);
    expect(short.events).toMatchObject([
      { type: "attempt" },
      { type: "failure" },
      { type: "cooldown", until: START + 2000 },
      { type: "retry", delayMs: 2000 },
      { type: "attempt", model: "m1", key: "…0001" },
      { type: "success" },
    ]);
    const long = await listen([named(20_001)]);
    expect(long.events.at(-1)).toMatchObject({ type: "success", model: "m2", startedAt: START });
  });
});
