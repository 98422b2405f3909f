import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunEvent } from "../../src/index.ts";
import { bash } from "../setting.ts";
import { leftByUs } from "./left-by-us.ts";
import { agents, spawn, tell } from "./subagent-setting.ts";

const roles = {
  chief: { description: "Leads.", files: "fork", canSpawn: ["worker"] },
  worker: { description: "Works.", files: "fork" },
} as const;

function tree() {
  return agents(
    {
      go: [bash("echo 1 > one"), spawn(["chief", "lead"], ["worker", "work"]), tell],
      lead: [spawn(["worker", "work"], ["worker", "work"]), tell],
      work: [bash("echo 2 > two; cat one two"), tell],
    },
    { roles },
  );
}

/** Runs the tree, and aborts it at one of its events. @returns how many events there were */
async function abortAt(nth: number): Promise<number> {
  const { ws, platform } = await tree();
  const before = leftByUs();
  const abort = new AbortController();
  const events: RunEvent[] = [];
  const onEvent = (event: RunEvent) => {
    if (event.type === "text_delta") return;
    events.push(event);
    if (events.length === nth) abort.abort(new Error("enough"));
  };
  const run = ws.run({ message: "go", enableSubagents: true, signal: abort.signal, onEvent });
  const end = await run.then(
    () => "completed",
    (error: unknown) => error,
  );
  if (end !== "completed") expect(end).toMatchObject({ code: "RUN_ABORTED" });
  expect(ws.subagents.countActive()).toBe(0);
  expect(leftByUs()).toEqual(before);
  const work = join(ws.filesDir, "..", "forks", ".work");
  expect(existsSync(work) ? readdirSync(work) : []).toEqual([]);
  expect(events.filter(({ type }) => type === "subagent_start")).toHaveLength(
    events.filter(({ type }) => type === "subagent_end").length,
  );
  // Nobody holds a session any more.
  await platform.deleteWorkspace("ada");
  return events.length;
}

test("a tree of subagents that is aborted, at whichever moment, leaves nothing", {
  timeout: 60_000,
}, async () => {
  const all = await abortAt(Number.POSITIVE_INFINITY);
  expect(all).toBeGreaterThan(40);
  // Thirteen moments, from the first event to the last.
  for (let step = 0; step <= 12; step++) await abortAt(1 + Math.floor(((all - 1) * step) / 12));
});
