import { expect, it } from "vitest";
import { memoryCooldownStore } from "../src/index.ts";
import { cooldown, describeStore } from "./support/store-conformance.ts";

describeStore("memory", memoryCooldownStore);

it("keeps 10,000 entries at most, and of them the ones that failed last", async () => {
  const store = memoryCooldownStore();
  for (let at = 0; at <= 10_000; at += 1) await store.update(`id ${at}`, () => cooldown({ failedAt: at }));
  expect(await store.get("id 0")).toBeUndefined();
  expect(await store.get("id 1000")).toBeUndefined();
  expect(await store.get("id 1001")).toBeDefined();
  expect(await store.get("id 10000")).toBeDefined();
});
