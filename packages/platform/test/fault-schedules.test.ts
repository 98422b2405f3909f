import { expect, test } from "vitest";
import { assertSchedules } from "./schedules/assert-schedules.ts";
import { type Schedule, wholeSchedules } from "./schedules/schedule.ts";

/** The deadline of the call comes while a model is asked for the summary that the call waits for. */
const lateSummary: Schedule = {
  models: ["openai"],
  keys: { openai: 1, anthropic: 1 },
  maxRetries: 0,
  faults: [{ kind: "none" }, { kind: "overflow" }, { kind: "hang" }],
  runs: [{ calls: [] }, { calls: [] }],
  random: 0,
};

test("no random schedule of faults loses a message or leaves a tool call without its result", async () => {
  const extent = await assertSchedules(wholeSchedules, {
    numRuns: 5000,
    seed: 20_260_101,
    examples: [lateSummary],
  });
  expect(extent.requests).toBeGreaterThan(extent.schedules);
}, 600_000);
