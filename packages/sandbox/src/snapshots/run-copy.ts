import { isOfTheEnd } from "../commands/follow-command.ts";
import { isEnding } from "../commands/sandbox-ending.ts";
import { SandboxClosedError } from "../errors.ts";
import { startError } from "../launcher/failure.ts";
import { sealedLauncher } from "../launcher/sealed-launcher.ts";
import { spawnLauncher } from "../launcher/spawn-launcher.ts";
import type { LauncherFailure, Status } from "../launcher/status.ts";
import type { LivingSandbox } from "../living-sandbox.ts";
import type { Operation } from "../policy/encode-policy.ts";
import { cgroupJoin, joinDescriptors } from "../policy/sandbox-policy.ts";
import { SnapshotError, type SnapshotFailure } from "./errors.ts";

export type CopyCounts = Extract<Status, { kind: "copied" }>;

/** Where the copying happens: outside of any sandbox, or with one's own view of its files too. */
export interface CopyPlace {
  readonly living?: LivingSandbox;
  /** Memory that is written to counts as the sandbox's. */
  readonly charged?: boolean;
}

const fullDisk = ["ENOSPC", "EDQUOT", "ENOMEM", "EFBIG"];
const noAccess = ["EACCES", "EPERM"];

const advice: Readonly<Record<SnapshotFailure, string>> = {
  "not-found": "it is gone: it was moved or removed meanwhile",
  damaged: "",
  version: "",
  mismatch:
    "a mount inside of it has been moved, or the snapshot has a file in its way; move it back, or make another sandbox from the snapshot",
  "in-use": "another process works on it; try again when that has ended",
  "no-space":
    "make room there; of the sandbox's own places, raise limits.memoryMb (half of it is theirs) or limits.diskMb",
  "not-empty": "empty the directory first, or name another one",
  unreadable:
    "give it to the owner of the mount, or take it out of there: what is left out silently would be lost",
  "too-large":
    "the tree is more than 1,000 directories deep or has more than 20 million entries; take that part of it away",
  store: "",
  failed: "see the step; if it should work here, please report it",
};

function reasonOf({ step, errno }: LauncherFailure): SnapshotFailure {
  if (step === "copy depth" || step === "copy size") return "too-large";
  if (step === "copy mount") return "mismatch";
  if (step === "copy lock" || errno === "EBUSY") return "in-use";
  if (step === "copy place" && errno === "ENOENT") return "not-found";
  if (fullDisk.includes(errno)) return "no-space";
  if (errno === "EEXIST") return "not-empty";
  if (step === "copy read" && noAccess.includes(errno)) return "unreadable";
  return "failed";
}

function copyError(failure: LauncherFailure, living: LivingSandbox | undefined): Error {
  if (living !== undefined && (isOfTheEnd(failure) || living.end !== undefined || isEnding(living)))
    return new SandboxClosedError("the sandbox has ended; make a new one");
  if (!failure.step.startsWith("copy")) return startError(failure);
  const reason = reasonOf(failure);
  return new SnapshotError(
    reason,
    `${failure.step} (${failure.detail}) failed with ${failure.errno}; ${advice[reason]}`,
  );
}

/**
 * Runs operations of `native/copy.c` one after the other, up to the first that fails.
 *
 * @returns figures of each tree that was copied
 * @throws SnapshotError, SandboxClosedError, SandboxStartError
 */
export async function runCopy(
  operations: readonly Operation[],
  { living, charged = false }: CopyPlace = {},
): Promise<CopyCounts[]> {
  const entered: Operation[] =
    living === undefined ? [] : [["namespaces", String(joinDescriptors.launcherProc)]];
  const launcher = spawnLauncher({
    mode: "copy",
    ...(living !== undefined && { program: sealedLauncher(), extra: [living.procFd] }),
    operations: [...entered, ...(charged ? cgroupJoin(living?.cgroup) : []), ...operations],
    stdio: "ignore",
  });
  const counts: CopyCounts[] = [];
  let failure: LauncherFailure | undefined;
  let done = false;
  launcher.onStatus((status) => {
    if (status.kind === "copied") counts.push(status);
    else if (status.kind === "error") failure ??= status;
    else if (status.kind === "done") done = true;
  });
  await launcher.closed;
  launcher.control.destroy();
  if (failure !== undefined) throw copyError(failure, living);
  if (!done) throw copyError({ step: "copy", errno: "ended", detail: "its process was killed" }, living);
  return counts;
}
