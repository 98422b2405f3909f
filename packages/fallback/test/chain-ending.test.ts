import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import {
  type Attempt,
  ChainDeadlineError,
  type ChainEvent,
  ChainExhaustedError,
  createFallback,
  type FallbackOptions,
  memoryCooldownStore,
} from "../src/index.ts";
import { createFakeClock, idle, START } from "./support/fake-clock.ts";
import { ProviderError } from "./support/provider-error.ts";
import { scriptedTask } from "./support/scripted-task.ts";

function createSetting(options: Partial<FallbackOptions> = {}) {
  const clock = createFakeClock();
  const events: ChainEvent[] = [];
  const abort = new AbortController();
  const onEvent = (event: ChainEvent) => void events.push(event);
  const chain = createFallback({
    candidates: ["a/m1", "b/m2"],
    clock,
    random: () => 0.5,
    onEvent,
    ...options,
  });
  const types = () => events.map(({ type }) => type);
  return { clock, chain, events, types, abort, signal: abort.signal };
}

/** Never answers, whatever its signal says. */
const deaf = () => new Promise<string>(() => undefined);

const enough = new TypeError("enough");

describe("an abort", () => {
  it("before the run begins: nobody is asked", async () => {
    const { chain } = createSetting();
    const task = scriptedTask();
    await expect(chain.run(task, { signal: AbortSignal.abort(enough) })).rejects.toBe(enough);
    expect(task.asked).toEqual([]);
  });

  it("during a backoff ends it at once: no time passes, nobody is asked again", async () => {
    const { chain, clock, abort, signal, events, types } = createSetting();
    const task = scriptedTask("overloaded", "overloaded");
    const run = chain.run(task, { signal });
    await idle();
    expect(events.at(-1)).toMatchObject({ type: "retry", delayMs: 250 });
    abort.abort(enough);
    await expect(run).rejects.toBe(enough);
    expect(clock.now()).toBe(START);
    expect(clock.waiting).toBe(0);
    await clock.advance(60_000);
    expect(task.asked).toEqual(["m1"]);
    expect(types()).toEqual(["attempt", "failure", "retry", "give_up"]);
  });

  it("during the wait for a cooldown ends it at once", async () => {
    const { chain, clock, abort, signal, events } = createSetting();
    const limited = new ProviderError("rate_limit", { retryAfterMs: 30_000 });
    const run = chain.run(scriptedTask(limited, limited), { signal });
    await idle();
    expect(events.at(-1)).toEqual({ type: "wait", provider: "a", model: "m1", delayMs: 30_000 });
    abort.abort(enough);
    await expect(run).rejects.toBe(enough);
    expect(clock.now()).toBe(START);
  });

  it("during an attempt aborts its signal, and does not wait for a task that ignores it", async () => {
    const { chain, abort, signal, events } = createSetting();
    const seen: Attempt[] = [];
    const run = chain.run(
      (attempt) => {
        seen.push(attempt);
        return deaf();
      },
      { signal },
    );
    await idle();
    expect(seen[0]?.signal.aborted).toBe(false);
    abort.abort(enough);
    await expect(run).rejects.toBe(enough);
    expect(seen[0]?.signal.reason).toBe(enough);
    expect(events.slice(1)).toMatchObject([
      { type: "failure", number: 1, outcome: "none", matched: "chain/abort" },
      { type: "give_up", code: "ABORTED", attempts: 1 },
    ]);
  });

  it("by whoever listens to an attempt's event keeps the task from being called", async () => {
    const abort = new AbortController();
    const { chain } = createSetting();
    const task = scriptedTask();
    const run = chain.run(task, { signal: abort.signal, onEvent: () => abort.abort(enough) });
    await expect(run).rejects.toBe(enough);
    expect(task.asked).toEqual([]);
  });

  it("is not listened for any more after the run", async () => {
    const { chain, signal } = createSetting();
    await chain.run(scriptedTask(), { signal });
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("leaves the store alone from then on", async () => {
    let looks = 0;
    const get = () => {
      looks += 1;
      return undefined;
    };
    let give: (keys: string[]) => void = () => undefined;
    const order = () => new Promise<string[]>((resolve) => (give = resolve));
    const keys = { order, used: () => undefined };
    const { chain, abort, signal } = createSetting({ keys, store: { get, update: () => undefined } });
    const run = chain.run(scriptedTask(), { signal });
    await idle();
    abort.abort(enough);
    await expect(run).rejects.toBe(enough);
    give(["key-of-a-number-0001"]);
    await idle();
    expect(looks).toBe(0);
  });

  it("ends a run whose store, keys or caller never answer", async () => {
    const never = () => new Promise<never>(() => undefined);
    const overflow = { onContextOverflow: never };
    for (const [options, runOptions] of [
      [{ store: { get: never, update: never } }, {}],
      [{ keys: { order: never, used: () => undefined } }, {}],
      [{}, overflow],
    ] as const) {
      const { chain, abort, signal } = createSetting(options);
      const run = chain.run(scriptedTask("context_overflow"), { ...runOptions, signal });
      await idle();
      abort.abort(enough);
      await expect(run).rejects.toBe(enough);
    }
  });
});

describe("what comes after the end", () => {
  it.each([
    ["an answer", () => "late"],
    ["an error", () => Promise.reject(new ProviderError("auth"))],
  ])("is ignored: %s", async (_, late) => {
    const store = memoryCooldownStore();
    const { chain, clock, abort, signal, types } = createSetting({ store });
    const run = chain.run(
      async () => {
        await clock.sleep(10, new AbortController().signal);
        return late();
      },
      { signal },
    );
    await idle();
    abort.abort(enough);
    await expect(run).rejects.toBe(enough);
    await clock.advance(10);
    expect(types()).toEqual(["attempt", "failure", "give_up"]);
    const task = scriptedTask();
    await chain.run(task);
    expect(task.asked).toEqual(["m1"]);
  });
});

describe("the deadline", () => {
  it("ends an attempt that ignores its signal, and says so with every attempt", async () => {
    const { chain, clock } = createSetting({ deadlineMs: 5000 });
    const seen: Attempt[] = [];
    const run = chain.run((attempt) => {
      seen.push(attempt);
      return deaf();
    });
    const error: unknown = await clock.runUntil(run.catch((error: unknown) => error));
    expect(error).toBeInstanceOf(ChainDeadlineError);
    expect(error).toMatchObject({ attempts: [{ number: 1, outcome: "timeout", matched: "chain/deadline" }] });
    expect(clock.now()).toBe(START + 5000);
    expect(seen[0]?.signal.reason).toBe(error);
    expect(clock.waiting).toBe(0);
  });

  it("of a run is stronger than the chain's", async () => {
    const { chain, clock } = createSetting({ deadlineMs: 5000 });
    const run = chain.run(deaf, { deadlineMs: 70 }).catch((error: unknown) => error);
    expect(await clock.runUntil(run)).toBeInstanceOf(ChainDeadlineError);
    expect(clock.now()).toBe(START + 70);
  });

  it("is not waited for where no wait ends before it", async () => {
    const { chain, clock, types } = createSetting({ deadlineMs: 250 });
    const task = scriptedTask("overloaded", "overloaded");
    const error: unknown = await clock.runUntil(chain.run(task).catch((error: unknown) => error));
    expect(error).toBeInstanceOf(ChainExhaustedError);
    expect(task.asked).toEqual(["m1", "m2"]);
    expect(clock.now()).toBe(START);
    expect(types()).not.toContain("retry");
  });

  it("holds even where the timer is late: nothing is begun after it", async () => {
    const { clock } = createSetting();
    let late = 0;
    const now = () => clock.now() + late;
    const { chain } = createSetting({ clock: { ...clock, now }, deadlineMs: 100 });
    const asked: string[] = [];
    const run = chain.run(async ({ model }) => {
      asked.push(model);
      late = 100;
      throw new ProviderError("model_not_found");
    });
    await expect(run).rejects.toThrow(ChainDeadlineError);
    expect(asked).toEqual(["m1"]);
  });
});

describe("the timeout of an attempt", () => {
  it("ends it even if it ignores its signal; the same is tried again, then the next", async () => {
    const { chain, clock, events } = createSetting({ attemptTimeoutMs: 1000, attempts: 2 });
    const reasons: unknown[] = [];
    const run = chain.run(async ({ model, signal }) => {
      if (model === "m2") return "answer";
      signal.addEventListener("abort", () => reasons.push(signal.reason));
      return deaf();
    });
    const { value, attempts } = await clock.runUntil(run);
    expect(value).toBe("answer");
    expect(attempts.map(({ model, outcome, durationMs }) => [model, outcome, durationMs])).toEqual([
      ["m1", "timeout", 1000],
      ["m1", "timeout", 1000],
      ["m2", "ok", 0],
    ]);
    expect(reasons).toMatchObject([{ name: "TimeoutError" }, { name: "TimeoutError" }]);
    expect(events.find(({ type }) => type === "cooldown")).toMatchObject({ model: "m1", reason: "timeout" });
    expect(clock.waiting).toBe(0);
  });

  it("leaves an attempt alone that ends in time, also one that throws at once", async () => {
    const { chain, clock } = createSetting({ attemptTimeoutMs: 1000 });
    expect((await chain.run(async () => "answer")).value).toBe("answer");
    const failing = () => {
      throw new ProviderError("format");
    };
    await expect(chain.run(failing)).rejects.toMatchObject({ code: "FALLBACK_STOPPED" });
    expect(clock.waiting).toBe(0);
  });
});
