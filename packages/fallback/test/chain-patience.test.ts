import { expect, it } from "vitest";
import { createFallback } from "../src/index.ts";
import { createFakeClock } from "./support/fake-clock.ts";
import { ProviderError } from "./support/provider-error.ts";
import { scriptedTask } from "./support/scripted-task.ts";

/** Two keys, both at their limit for so many milliseconds; a run has 300,000. */
async function ask(...retryAfterMs: readonly number[]) {
  const clock = createFakeClock();
  const keys = { a: ["key-of-a-number-0001", "key-of-a-number-0002"] };
  const chain = createFallback({ candidates: ["a/m1"], keys, clock, random: () => 0.5 });
  const task = scriptedTask(
    ...retryAfterMs.map((ms) => new ProviderError("rate_limit", { retryAfterMs: ms })),
  );
  const began = clock.now();
  const run = chain.run(task).catch((error: unknown) => error);
  const ended = await clock.runUntil(run);
  return { asked: task.asked, ended, tookMs: clock.now() - began };
}

it("waits for the key that is free first, for as long as its provider said and no longer", async () => {
  const { asked, tookMs } = await ask(90_000, 60_000);
  expect(asked).toEqual(["m1 …0001", "m1 …0002", "m1 …0002"]);
  expect(tookMs).toBe(60_000);
});

it("gives up at once when none is free before the deadline, and says when one will be", async () => {
  const { asked, ended, tookMs } = await ask(900_000, 600_000);
  expect(asked).toEqual(["m1 …0001", "m1 …0002"]);
  expect(tookMs).toBe(0);
  expect(ended).toMatchObject({ code: "FALLBACK_EXHAUSTED", retryAfterMs: 600_000 });
});
