import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { VmUnavailable } from "./apt.mjs";
import { readFetched } from "./layout.mjs";
import { type Run, runMachine } from "./machine.mjs";

declare module "vitest" {
  export interface ProvidedContext {
    /** A socket that gives a {@link Report} as JSON once the machine has ended. */
    vmReport: string;
  }
}

/** Either why there is no machine here, or what it did. */
export type Report =
  | { readonly skipped: string }
  | (Run & { readonly kernel: string; readonly seconds: number });

const root = join(import.meta.dirname, "../..");
const limitMs = 25 * 60_000;

/**
 * Starts the machine when its tests ask for it, which is when all others are done where one worker runs them: beside
 * them both would take twice as long, and what waits for a bounded time would wait in vain. The returned function turns
 * it off should the tests end before.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const off = new AbortController();
  let report: Promise<Report> | undefined;
  const directory = mkdtempSync("/tmp/cloison-vm-");
  const path = join(directory, "report");
  const server = createServer(async (socket) => {
    report ??= makeReport(off.signal);
    socket.end(JSON.stringify(await report));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  project.provide("vmReport", path);
  return async () => {
    off.abort();
    await report;
    server.close();
    rmSync(directory, { recursive: true, force: true });
  };
}

async function makeReport(signal: AbortSignal): Promise<Report> {
  const fetched = readFetched(root);
  if (fetched === undefined) {
    return {
      skipped: "qemu and its kernel are not here: run `node scripts/vm/fetch-vm.mjs`, which needs apt",
    };
  }
  const { kernel } = fetched;
  const started = performance.now();
  const run = await runMachine(root, { kernel, limitMs, signal }).catch(toFailure);
  return { ...run, kernel, seconds: Math.round((performance.now() - started) / 1000) };
}

/** What could not be made is a failed run: everything that it needs was fetched. */
function toFailure(error: unknown): Run {
  if (error instanceof VmUnavailable) return { results: [], failure: error.message };
  return { results: [], failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
