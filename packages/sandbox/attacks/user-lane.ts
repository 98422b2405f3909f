import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { cleanUpOnSignal } from "./clean-up.ts";
import { type Delegation, delegate } from "./delegate.ts";
import { AttackCorpusError } from "./errors.ts";
import { copyLibrary, type LibraryCopy } from "./library-copy.ts";
import type { LaneOptions, ProbeResult } from "./run-lane.ts";

/** An id that nobody on the machine is likely to have. */
const userId = 65533;

/** What the lane's process is told; `options` cannot hold a function. */
export type UserLaneOptions = Pick<LaneOptions, "only" | "weakened">;

/** What it tells: each probe as it ends, then all, or why it could not go on. */
export type UserLaneMessage =
  | { readonly kind: "probe"; readonly result: ProbeResult }
  | { readonly kind: "done"; readonly results: readonly ProbeResult[] }
  | { readonly kind: "failed"; readonly message: string };

/** Runs the probes in a process of an ordinary user, for which this one must be root's. */
export async function runUserLane(options: Omit<LaneOptions, "as">): Promise<readonly ProbeResult[]> {
  let child: ChildProcess | undefined;
  const ended = Promise.withResolvers<void>();
  // Registered first: a signal that comes while the copy is made waits until it can be removed.
  const forget = cleanUpOnSignal(() => {
    child?.kill("SIGKILL");
    return ended.promise;
  });
  let copy: LibraryCopy | undefined;
  let delegation: Delegation | undefined;
  try {
    copy = copyLibrary(userId);
    delegation = delegate(`attacks-${process.pid}`, userId);
    child = fork(copy.module("user-lane-main"), [], {
      execPath: copy.node,
      execArgv: [],
      cwd: "/",
      // What a killed child leaves goes with the copy.
      env: { PATH: process.env.PATH, TMPDIR: copy.temporary },
      uid: userId,
      gid: userId,
      serialization: "advanced",
    });
    if (child.pid !== undefined) delegation?.add(child.pid);
    return await follow(child, options);
  } finally {
    await stop(child);
    await delegation?.remove();
    if (copy !== undefined) rmSync(copy.directory, { recursive: true, force: true });
    forget();
    ended.resolve();
  }
}

function follow(child: ChildProcess, options: Omit<LaneOptions, "as">): Promise<readonly ProbeResult[]> {
  const { only, weakened, onProbe } = options;
  return new Promise((resolve, reject) => {
    child.on("message", (message: UserLaneMessage) => {
      if (message.kind === "probe") onProbe?.(message.result);
      else if (message.kind === "done") resolve(message.results);
      else reject(new AttackCorpusError(`the corpus cannot run as an ordinary user: ${message.message}`));
    });
    child.once("error", (cause) => {
      reject(
        new AttackCorpusError(`no process of an ordinary user could be started: ${cause.message}`, { cause }),
      );
    });
    child.once("exit", (status, signal) => {
      reject(new AttackCorpusError(`the ordinary user's process ended early (${signal ?? status})`));
    });
    child.send({ only, weakened } satisfies UserLaneOptions);
  });
}

async function stop(child: ChildProcess | undefined): Promise<void> {
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  if (child.connected) child.disconnect();
  await gone;
}
