import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TimeLimit } from "../src/hooks/time-limit.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a time limit is over when its time has passed, and not before", () => {
  const limit = new TimeLimit(100);
  vi.advanceTimersByTime(99);
  expect(limit.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(limit.signal.aborted).toBe(true);
});

test("it stands still until the last of its pauses is over, and goes on with what was left", () => {
  const limit = new TimeLimit(100);
  vi.advanceTimersByTime(60);
  limit.pause();
  vi.advanceTimersByTime(1000);
  limit.pause();
  limit.resume();
  vi.advanceTimersByTime(1000);
  limit.resume();
  vi.advanceTimersByTime(39);
  expect(limit.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(limit.signal.aborted).toBe(true);
});

test.each([
  ["at once", (limit: TimeLimit) => limit.end()],
  [
    "in a pause",
    (limit: TimeLimit) => {
      limit.pause();
      limit.end();
      limit.resume();
    },
  ],
])("it is never over when it was ended before: %s", (_, end) => {
  const limit = new TimeLimit(100);
  end(limit);
  vi.advanceTimersByTime(1000);
  expect(limit.signal.aborted).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
});
