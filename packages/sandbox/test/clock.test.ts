import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createClock } from "../src/life/clock.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a call comes when its time has passed, and once", () => {
  const clock = createClock();
  const call = vi.fn();
  clock.after(50, call);
  vi.advanceTimersByTime(49);
  expect(call).not.toHaveBeenCalled();
  vi.advanceTimersByTime(200);
  expect(call).toHaveBeenCalledTimes(1);
});

test("no time passes while it stands still", () => {
  const clock = createClock();
  const call = vi.fn();
  clock.after(50, call);
  vi.advanceTimersByTime(30);
  clock.stop();
  vi.advanceTimersByTime(10_000);
  expect(clock.now()).toBe(30);
  clock.after(5, call);
  clock.go();
  vi.advanceTimersByTime(5);
  expect(call).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(15);
  expect(call).toHaveBeenCalledTimes(2);
});

test("a call that is called off does not come, also while it stands still", () => {
  const clock = createClock();
  const call = vi.fn();
  const first = clock.after(50, call);
  const second = clock.after(50, call);
  first();
  clock.stop();
  second();
  clock.go();
  vi.advanceTimersByTime(100);
  expect(call).not.toHaveBeenCalled();
});

test("times longer than Node's timers take are kept", () => {
  const clock = createClock();
  const call = vi.fn();
  clock.after(2 ** 31 + 5_000, call);
  vi.advanceTimersByTime(2 ** 31 + 4_000);
  expect(call).not.toHaveBeenCalled();
  vi.advanceTimersByTime(2_000);
  expect(call).toHaveBeenCalledTimes(1);
});
