import { rmSync } from "node:fs";
import { afterAll, beforeAll } from "vitest";
import { type Host, type Lane, startHost } from "./as-user.ts";
import { makeCopy } from "./library-copy.ts";
import { cgroupsWith, isRunning, settled, statusOf } from "./traces.ts";

/** What the kernel knows them by. */
export interface Held {
  readonly ids: readonly string[];
  readonly pids: readonly number[];
  readonly launchers: readonly number[];
}

/** Two sandboxes with commands that would like to stay, kept by the host. */
export async function hold(host: Host, options: { cpus?: number; hostile?: string } = {}): Promise<Held> {
  const held = await host.evaluate(
    async ({ create, kept, waitForText }, limits, hostile) => {
      const sandboxes = [await create({ limits }), await create({ limits })];
      const pids: number[] = [];
      for (const sandbox of sandboxes) {
        const words = [["stay", "daemon"], ["stay", "deaf"], ...(hostile === "" ? [] : [[hostile, "100"]])];
        for (const each of words) {
          const handle = await sandbox.commands.start(["/opt/probe", ...each]);
          await waitForText(handle, "ready");
          pids.push(handle.pid);
        }
        pids.push(sandbox.pid);
      }
      kept.push(...sandboxes);
      return { ids: sandboxes.map(({ id }) => id), pids, inits: sandboxes.map(({ pid }) => pid) };
    },
    options.cpus === undefined ? {} : { cpus: options.cpus },
    options.hostile ?? "",
  );
  return { ...held, launchers: held.inits.map((pid) => Number(statusOf(pid)?.get("PPid"))) };
}

/** What is left of them, once it is nothing or will never be. */
export function leftOf(held: Held): Promise<string[]> {
  return settled(() => [
    ...[...held.pids, ...held.launchers]
      .filter(isRunning)
      .map((pid) => `process ${pid} ${statusOf(pid)?.get("Name")}`),
    ...held.ids.flatMap(cgroupsWith),
  ]);
}

/** Runs a body with a host of its own, which it may kill. */
export function useHosts(): <T>(lane: Lane, body: (host: Host) => Promise<T>) => Promise<T> {
  let copy = "";
  beforeAll(() => {
    copy = makeCopy();
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));
  return async (lane, body) => {
    const host = await startHost(lane, copy);
    try {
      return await body(host);
    } finally {
      await host.stop();
    }
  };
}
