import { expect, test } from "vitest";
import { assertSchedules } from "./schedules/assert-schedules.ts";
import { interruptedSchedules } from "./schedules/schedule.ts";

test("no random schedule of faults, aborts and dying hosts loses a message or leaves a tool call open", async () => {
  const extent = await assertSchedules(interruptedSchedules, { numRuns: 5000, seed: 20_260_102 });
  expect(extent.requests).toBeGreaterThan(extent.schedules);
}, 600_000);
