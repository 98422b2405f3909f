import { describe, expect, it } from "vitest";
import { cooldownIds, placeOf } from "../src/cooldown/ids.ts";
import {
  type ChainEvent,
  type CooldownStore,
  CooldownStoreError,
  createFallback,
  type FallbackOptions,
  memoryCooldownStore,
} from "../src/index.ts";
import { createFakeClock, START } from "./support/fake-clock.ts";
import { scriptedTask } from "./support/scripted-task.ts";

function createSetting(options: Partial<FallbackOptions> = {}) {
  const clock = createFakeClock();
  const events: ChainEvent[] = [];
  const onEvent = (event: ChainEvent) => void events.push(event);
  const chain = createFallback({ candidates: ["a/m1", "b/m2"], clock, onEvent, ...options });
  return { clock, chain, events, types: () => events.map(({ type }) => type) };
}

describe("a store that is slow or fails", () => {
  it("begins no attempt when it answers after the deadline", async () => {
    const { clock } = createSetting();
    let late = 0;
    const store = {
      get: async () => {
        late = 100;
        return undefined;
      },
      update: () => undefined,
    };
    const now = () => clock.now() + late;
    const { chain, types } = createSetting({ clock: { ...clock, now }, store, deadlineMs: 100 });
    const task = scriptedTask();
    await expect(chain.run(task)).rejects.toMatchObject({ code: "FALLBACK_DEADLINE", attempts: [] });
    expect(task.asked).toEqual([]);
    expect(types()).toEqual(["give_up"]);
  });

  it.each([
    ["never answers", () => new Promise<never>(() => undefined)],
    ["fails", () => Promise.reject(new CooldownStoreError("a file", "a file is not to be had"))],
  ])("loses no answer where it %s after it", async (_, after) => {
    let answered = false;
    const store = { get: () => (answered ? after() : undefined), update: after };
    const { chain, clock, types } = createSetting({ store });
    const run = chain.run(async () => {
      answered = true;
      return "answer";
    });
    expect(await clock.runUntil(run)).toMatchObject({ value: "answer", attempts: [{ outcome: "ok" }] });
    expect(types()).toEqual(["attempt", "success"]);
  });

  it("gives a look back where another process was faster at the other cooldown", async () => {
    const store = memoryCooldownStore();
    const ids = cooldownIds(placeOf({ provider: "a", model: "m1" }), "m1", undefined);
    const cooldown = {
      reason: "timeout",
      failures: 1,
      until: START + 100,
      probeFrom: START,
      failedAt: 0,
    } as const;
    for (const id of [ids.model, ids.wide]) await store.update(id, () => cooldown);
    const update: CooldownStore["update"] = (id, change) => {
      const isFaster = id === ids.model && store.get(id) === cooldown;
      if (isFaster) void store.update(id, () => ({ ...cooldown, probeAt: START }));
      return store.update(id, change);
    };
    const { chain, clock } = createSetting({
      candidates: ["a/m1"],
      store: { get: store.get, update },
      deadlineMs: 50,
    });
    const run = chain.run(scriptedTask()).catch((error: unknown) => error);
    expect(await clock.runUntil(run)).toMatchObject({ code: "FALLBACK_EXHAUSTED", attempts: [] });
    expect(store.get(ids.wide)).toEqual(cooldown);
    expect(store.get(ids.model)).toEqual({ ...cooldown, probeAt: START });
  });

  it("ends the run with its error where it fails before the answer", async () => {
    const broken = new CooldownStoreError("a file", "a file is not to be had");
    const { chain, events } = createSetting({
      store: { get: () => Promise.reject(broken), update: () => undefined },
    });
    await expect(chain.run(scriptedTask())).rejects.toBe(broken);
    expect(events).toEqual([{ type: "give_up", code: "FALLBACK_STORE", attempts: 0 }]);
  });
});
