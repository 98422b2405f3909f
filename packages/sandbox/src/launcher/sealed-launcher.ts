import { closeSync, openSync } from "node:fs";
import { errorCode } from "../cgroup/index.ts";
import { startError } from "./failure.ts";
import { launcherPath } from "./launcher-path.ts";
import { type Launcher, spawnLauncher } from "./spawn-launcher.ts";

/** Where `cloison-launcher seal` keeps it; SEALED_FD of `native/launcher.h`. */
const sealedFd = 9;
/** A child of this process has descriptors of its own at the numbers below. */
const firstFreeFd = 16;

let sealing: Promise<void> | undefined;
let sealed: number | undefined;

/**
 * Makes a view of the launcher's file that nobody can write by, once for this process. What joins a sandbox is run by
 * it, because a command can make the launcher's file run inside, where its user may own it (CVE-2019-5736 of runc);
 * `native/seal.c` says more.
 *
 * @throws SandboxStartError, LauncherMissingError
 */
export function sealLauncher(): Promise<void> {
  sealing ??= seal().catch((error: unknown) => {
    sealing = undefined;
    throw error;
  });
  return sealing;
}

/** What to run for a command in a living sandbox. */
export function sealedLauncher(): string {
  if (sealed === undefined)
    throw startError({ step: "seal", errno: "EBADF", detail: "no sandbox was made yet" });
  return `/proc/self/fd/${sealed}`;
}

async function seal(): Promise<void> {
  const operations = [["system", launcherPath(), ""]] as const;
  const launcher = spawnLauncher({ mode: "seal", operations, stdio: "ignore" });
  try {
    await ready(launcher);
    sealed = openAbove(`/proc/${launcher.child.pid}/fd/${sealedFd}`);
  } finally {
    launcher.control.destroy();
  }
}

function ready(launcher: Launcher): Promise<void> {
  return new Promise((resolve, reject) => {
    launcher.onStatus((status) => {
      if (status.kind === "ready") resolve();
      else if (status.kind === "error") reject(startError(status));
    });
    const ended = { step: "seal", errno: "ended", detail: "its process ended before it was ready" };
    launcher.closed.then(() => reject(startError(ended)), reject);
  });
}

function openAbove(path: string): number {
  const low: number[] = [];
  try {
    for (;;) {
      const fd = openSync(path, "r");
      if (fd >= firstFreeFd) return fd;
      low.push(fd);
    }
  } catch (cause) {
    throw startError(
      { step: "descriptor", errno: errorCode(cause) ?? "unknown", detail: "of the launcher" },
      cause,
    );
  } finally {
    for (const fd of low) closeSync(fd);
  }
}
