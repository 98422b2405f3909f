import { setTimeout as delay } from "node:timers/promises";

/** Polls, at once and then ever more slowly up to every 10 ms. False when the time is over and it never held. */
export async function waitUntil(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  for (let pause = 0.5; !condition(); pause = Math.min(pause * 2, 10)) {
    if (performance.now() >= end) return false;
    await delay(pause);
  }
  return true;
}
