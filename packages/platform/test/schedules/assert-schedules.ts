import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AnswerFunction, startModelServer } from "@cloison/testing";
import fc from "fast-check";
import { expect, onTestFinished, vi } from "vitest";
import { checkSchedule } from "./check-schedule.ts";
import { createJumpingClock } from "./jumping-clock.ts";
import { runSchedule, type Stage, transcriptPath } from "./run-schedule.ts";
import type { Schedule } from "./schedule.ts";
import { type ScriptedSchedule, scriptSchedule } from "./scripted-schedule.ts";

/** Memory where there is such a file system: the schedules' thousands of small syncs need no disk. */
const ROOT = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** So many go on at the same time, each with a seed of its own: one waits for its files while another computes. */
const LANES = 4;

/** What a check went over. */
export interface Extent {
  schedules: number;
  requests: number;
}

/**
 * Carries out random schedules over one server by real HTTP, and checks each. FAULT_SCHEDULES and FAULT_SEED in
 * the environment replace their number and seed; a failure names the seed, the path, and the smallest schedule,
 * which can then be one of the examples, that are carried out first.
 */
export async function assertSchedules(
  schedules: fc.Arbitrary<Schedule>,
  options: { readonly numRuns: number; readonly seed: number; readonly examples?: readonly Schedule[] },
): Promise<Extent> {
  const { server, stageFor, leave, refusals } = await openHouse();
  const extent: Extent = { schedules: 0, requests: 0 };
  const property = fc.asyncProperty(schedules, async (schedule) => {
    const stage = stageFor(schedule);
    const traces = await runSchedule(schedule, stage);
    await checkSchedule(traces, stage);
    leave(stage);
    extent.schedules += 1;
    extent.requests += stage.script.received.length;
  });
  const { FAULT_SCHEDULES, FAULT_SEED } = process.env;
  const numRuns = Math.ceil(Number(FAULT_SCHEDULES ?? options.numRuns) / LANES);
  const seed = Number(FAULT_SEED ?? options.seed);
  const examples = (options.examples ?? []).map((schedule): [Schedule] => [schedule]);
  const lanes = Array.from({ length: LANES }, (_, lane) =>
    fc.assert(property, { numRuns, seed: seed + lane, examples: lane === 0 ? examples : [] }),
  );
  await Promise.all(lanes);
  // The server's own check of each conversation, and of the script.
  expect(refusals).toEqual([]);
  expect(server.errors).toEqual([]);
  return extent;
}

/** One server for all schedules: it tells them apart by their keys. */
async function openHouse() {
  const scripts = new Map<string, ScriptedSchedule>();
  const unknown: AnswerFunction = () => ({ fault: { status: 401 } });
  const server = await startModelServer({
    script: (request, context) => (scripts.get(request.apiKey ?? "")?.answer ?? unknown)(request, context),
    keepRequests: 100,
  });
  const refusals: string[] = [];
  server.onRequest(({ refusal }) => refusal !== undefined && refusals.push(refusal));
  const directory = mkdtempSync(join(ROOT, "cloison-schedules-"));
  // OpenAI's client writes a chunk that is not JSON to stderr.
  const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
  onTestFinished(async () => {
    log.mockRestore();
    await server.close();
    rmSync(directory, { recursive: true });
  });
  let count = 0;
  const stageFor = (schedule: Schedule): Stage => {
    count += 1;
    const clock = createJumpingClock();
    const script = scriptSchedule(schedule, clock);
    const keysOf = (provider: string, length: number) =>
      Array.from({ length }, (_, index) => `sk-${provider}-schedule-${count}-${index}x${count % 100}`);
    const keys = {
      openai: keysOf("openai", schedule.keys.openai),
      anthropic: keysOf("anthropic", schedule.keys.anthropic),
    };
    for (const key of Object.values(keys).flat()) scripts.set(key, script);
    return { server, clock, script, directory, sessionId: `s${count}`, keys };
  };
  const leave = (stage: Stage) => {
    rmSync(transcriptPath(stage));
    for (const key of Object.values(stage.keys).flat()) scripts.delete(key);
  };
  return { server, stageFor, leave, refusals };
}
