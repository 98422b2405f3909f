import { describe, expect, it } from "vitest";
import {
  type ChainEvent,
  type CooldownOptions,
  type CooldownStore,
  createFallback,
  type ErrorReason,
  memoryCooldownStore,
} from "../src/index.ts";
import { createFakeClock, type FakeClock } from "./support/fake-clock.ts";
import { ProviderError } from "./support/provider-error.ts";
import { type Step, scriptedTask } from "./support/scripted-task.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

interface Setting {
  readonly clock: FakeClock;
  readonly store: CooldownStore;
  readonly cooldown?: CooldownOptions;
}

function createSetting(cooldown: CooldownOptions = {}): Setting {
  return { clock: createFakeClock(), store: memoryCooldownStore(), cooldown };
}

/** One run over one candidate that may wait for nothing. */
async function runOnce(setting: Setting, ...steps: readonly Step[]) {
  const events: ChainEvent[] = [];
  const chain = createFallback({ candidates: ["a/m"], attempts: 1, ...setting });
  const task = scriptedTask(...steps);
  const options = { deadlineMs: 1, onEvent: (event: ChainEvent) => events.push(event) };
  await setting.clock.runUntil(chain.run(task, options).catch(() => undefined));
  const cooled = events.find((event) => event.type === "cooldown");
  const length = cooled === undefined ? undefined : cooled.until - setting.clock.now();
  const isProbe = events.some((event) => event.type === "attempt" && event.probe);
  return { asked: task.asked.length, length, isProbe };
}

/** How long the cooldowns after so many failures in a row are, each begun when the last one had ended. */
async function lengths(setting: Setting, ...steps: readonly Step[]) {
  const found: (number | undefined)[] = [];
  for (const step of steps) {
    const { length, asked } = await runOnce(setting, step);
    expect(asked).toBe(1);
    found.push(length);
    await setting.clock.advance(length ?? 0);
  }
  return found;
}

describe("a cooldown", () => {
  it.each(["rate_limit", "overloaded", "timeout", "auth", "model_not_found"] as const)(
    "for %s grows with each failure in a row: 1, 5, 25 and 60 minutes, and no longer",
    async (reason) => {
      const found = await lengths(createSetting(), ...Array<ErrorReason>(5).fill(reason));
      expect(found).toEqual([MINUTE, 5 * MINUTE, 25 * MINUTE, HOUR, HOUR]);
    },
  );

  it("for billing takes hours, and for a key that is refused for good a day", async () => {
    expect(await lengths(createSetting(), "billing", "billing", "billing", "billing")).toEqual(
      [5, 10, 24, 24].map((hours) => hours * HOUR),
    );
    expect(await lengths(createSetting(), "auth_permanent", "auth_permanent")).toEqual([
      24 * HOUR,
      24 * HOUR,
    ]);
  });

  it("is as long as the caller wants", async () => {
    const setting = createSetting({ stepsMs: [10, 20], billingStepsMs: [30], authPermanentStepsMs: [40] });
    expect(await lengths(setting, "timeout", "timeout", "timeout")).toEqual([10, 20, 20]);
    expect(await lengths(createSetting(setting.cooldown), "billing")).toEqual([30]);
    expect(await lengths(createSetting(setting.cooldown), "auth_permanent")).toEqual([40]);
  });

  it("begins anew after a success", async () => {
    expect(await lengths(createSetting(), "timeout", "timeout", "ok", "timeout")).toEqual([
      MINUTE,
      5 * MINUTE,
      undefined,
      MINUTE,
    ]);
  });

  it("is what the provider names, with no look before its end, and at most a day", async () => {
    const setting = createSetting();
    const named = (retryAfterMs: number) => new ProviderError("rate_limit", { retryAfterMs });
    expect((await runOnce(setting, named(90 * SECOND))).length).toBe(90 * SECOND);
    await setting.clock.advance(90 * SECOND - 1);
    expect((await runOnce(setting)).asked).toBe(0);
    await setting.clock.advance(1);
    expect(await runOnce(setting, named(72 * HOUR))).toMatchObject({
      asked: 1,
      isProbe: false,
      length: 24 * HOUR,
    });
  });

  it("waits for failures that are allowed, and then for none until a success", async () => {
    const setting = createSetting({ allowed: { timeout: 2 } });
    const found = await lengths(setting, "timeout", "timeout", "timeout", "timeout", "ok", "timeout");
    expect(found).toEqual([undefined, undefined, MINUTE, 5 * MINUTE, undefined, undefined]);
    expect(await lengths(createSetting({ allowed: { timeout: 2 } }), "auth")).toEqual([MINUTE]);
  });

  it("allows no failure of one kind after it has come of another", async () => {
    const setting = createSetting({ allowed: { timeout: 3 } });
    expect(await lengths(setting, "overloaded", "timeout")).toEqual([MINUTE, MINUTE]);
  });

  it("is what the provider names for an allowed failure too", async () => {
    const setting = createSetting({ allowed: { rate_limit: 2 } });
    const named = new ProviderError("rate_limit", { retryAfterMs: 5 * SECOND });
    expect(await lengths(setting, named)).toEqual([5 * SECOND]);
  });

  it("lets one call look in its last tenth: a failure makes it grow, a success ends it", async () => {
    const setting = createSetting();
    await runOnce(setting, "timeout");
    await setting.clock.advance(54 * SECOND - 1);
    expect((await runOnce(setting)).asked).toBe(0);
    await setting.clock.advance(1);
    expect(await runOnce(setting, "timeout")).toEqual({ asked: 1, isProbe: true, length: 5 * MINUTE });
    await setting.clock.advance(4.5 * MINUTE);
    expect(await runOnce(setting, "ok")).toEqual({ asked: 1, isProbe: true, length: undefined });
    expect(await runOnce(setting, "timeout")).toEqual({ asked: 1, isProbe: false, length: MINUTE });
  });

  it("grows at once when a look fails, which is not tried again first", async () => {
    const setting = createSetting();
    await runOnce(setting, "timeout");
    await setting.clock.advance(54 * SECOND);
    const events: ChainEvent[] = [];
    const chain = createFallback({
      candidates: ["a/m"],
      ...setting,
      onEvent: (event) => void events.push(event),
    });
    await chain.run(scriptedTask("timeout"), { deadlineMs: MINUTE }).catch(() => undefined);
    expect(events.map(({ type }) => type)).toEqual(["attempt", "failure", "cooldown", "give_up"]);
  });

  it("of a model can be looked at again at once when the look has told of the key only", async () => {
    const setting = createSetting({ stepsMs: [HOUR] });
    await runOnce(setting, "timeout");
    await setting.clock.advance(54 * MINUTE);
    const refused = new ProviderError("auth", { retryAfterMs: SECOND });
    expect(await runOnce(setting, refused)).toEqual({ asked: 1, isProbe: true, length: SECOND });
    await setting.clock.advance(SECOND);
    expect(await runOnce(setting)).toMatchObject({ asked: 1, isProbe: true });
  });

  it("lets one call look only, and the next one a minute later if that has not come back", async () => {
    const setting = createSetting();
    const chain = createFallback({ candidates: ["a/m"], attempts: 1, ...setting });
    for (const step of ["timeout", "timeout", "timeout"] as const) await lengths(setting, step);
    const length = (await runOnce(setting, "timeout")).length ?? 0;
    await setting.clock.advance(0.9 * length);
    void chain.run(() => new Promise(() => undefined)).catch(() => undefined);
    await setting.clock.advance(MINUTE - 1);
    expect((await runOnce(setting)).asked).toBe(0);
    await setting.clock.advance(1);
    expect(await runOnce(setting)).toMatchObject({ asked: 1, isProbe: true });
  });

  it("lets nobody else look when an earlier call fails while one looks", async () => {
    const setting = createSetting();
    const begin = () => {
      let fail: (error: Error) => void = () => undefined;
      const chain = createFallback({ candidates: ["a/m"], attempts: 1, ...setting });
      const run = chain.run(() => new Promise<never>((_, reject) => (fail = reject))).catch(() => undefined);
      return { run, fail: () => fail(new ProviderError("timeout")) };
    };
    const early = begin();
    await runOnce(setting, "timeout");
    await setting.clock.advance(54 * SECOND);
    begin();
    early.fail();
    await early.run;
    await setting.clock.advance(54 * SECOND);
    expect((await runOnce(setting)).asked).toBe(0);
    await setting.clock.advance(6 * SECOND);
    expect((await runOnce(setting)).asked).toBe(1);
  });

  it.each(["content_policy", "format", "context_overflow", "none"] as const)(
    "lets the next call look when one came to %s, which says nothing about it",
    async (reason) => {
      const setting = createSetting();
      await runOnce(setting, "timeout");
      await setting.clock.advance(54 * SECOND);
      expect(await runOnce(setting, reason)).toEqual({ asked: 1, isProbe: true, length: undefined });
      expect(await runOnce(setting, "timeout")).toMatchObject({ isProbe: true, length: 5 * MINUTE });
    },
  );

  it("lets the next call look when the one that looked was aborted", async () => {
    const setting = createSetting();
    await runOnce(setting, "timeout");
    await setting.clock.advance(54 * SECOND);
    const abort = new AbortController();
    const run = createFallback({ candidates: ["a/m"], ...setting }).run(() => new Promise(() => undefined), {
      signal: abort.signal,
    });
    abort.abort(new TypeError("enough"));
    await expect(run).rejects.toThrow("enough");
    expect(await runOnce(setting)).toMatchObject({ asked: 1, isProbe: true });
  });

  it("counts calls that fail side by side as one failure", async () => {
    const { clock, store } = createSetting();
    const chain = createFallback({ candidates: ["a/m"], attempts: 1, clock, store });
    const fail = () =>
      chain
        .run(async () => {
          await clock.sleep(10, new AbortController().signal);
          throw new ProviderError("overloaded");
        })
        .catch(() => undefined);
    await clock.advance(0);
    const runs = Promise.all([fail(), fail(), fail()]);
    await clock.runUntil(runs);
    expect((await runOnce({ clock, store })).asked).toBe(0);
    await clock.advance(MINUTE);
    expect((await runOnce({ clock, store }, "overloaded")).length).toBe(5 * MINUTE);
  });

  it("keeps the longest time that calls side by side were told", async () => {
    const { clock, store } = createSetting();
    const chain = createFallback({ candidates: ["a/m"], attempts: 1, clock, store });
    const fail = (afterMs: number, error: Error) =>
      chain
        .run(async () => {
          await clock.sleep(afterMs, new AbortController().signal);
          throw error;
        })
        .catch(() => undefined);
    const named = new ProviderError("rate_limit", { retryAfterMs: 10 * MINUTE });
    await clock.runUntil(Promise.all([fail(10, named), fail(20, new ProviderError("overloaded"))]));
    await clock.advance(9 * MINUTE);
    expect((await runOnce({ clock, store })).asked).toBe(0);
  });

  it("stays when a call succeeds that had begun before the provider said to wait", async () => {
    const setting = createSetting();
    const chain = createFallback({ candidates: ["a/m"], ...setting });
    let answer: (value: string) => void = () => undefined;
    const run = chain.run(() => new Promise<string>((resolve) => (answer = resolve)));
    await setting.clock.advance(1);
    await runOnce(setting, new ProviderError("rate_limit", { retryAfterMs: MINUTE }));
    answer("late");
    expect((await run).value).toBe("late");
    expect((await runOnce(setting)).asked).toBe(0);
  });

  it("of one key is not another's, nor that of another endpoint or model", async () => {
    const { clock, store } = createSetting();
    const ask = async (candidate: { provider: string; model: string; endpoint?: string }, key: string) => {
      const chain = createFallback({ candidates: [candidate], keys: { a: key }, clock, store, attempts: 1 });
      const task = scriptedTask("rate_limit");
      await chain.run(task, { deadlineMs: 1 }).catch(() => undefined);
      return task.asked.length;
    };
    const [one, other] = ["key-of-tenant-one", "key-of-tenant-two"];
    expect(await ask({ provider: "a", model: "m" }, one)).toBe(1);
    expect(await ask({ provider: "a", model: "m" }, one)).toBe(0);
    expect(await ask({ provider: "a", model: "m" }, other)).toBe(1);
    expect(await ask({ provider: "a", model: "n" }, one)).toBe(1);
    expect(await ask({ provider: "a", model: "m", endpoint: "http://127.0.0.1" }, one)).toBe(1);
  });
});
