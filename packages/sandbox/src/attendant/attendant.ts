import { fileSizeLimit } from "../disk/disk-policy.ts";
import { SandboxClosedError } from "../errors.ts";
import { startError } from "../launcher/failure.ts";
import { sealedLauncher } from "../launcher/sealed-launcher.ts";
import { type Launcher, spawnLauncher } from "../launcher/spawn-launcher.ts";
import { hasEnded } from "../life/sandbox-end.ts";
import type { LivingSandbox } from "../living-sandbox.ts";
import type { Operation } from "../policy/encode-policy.ts";
import { commandIds } from "../policy/ids.ts";
import { seccompHex } from "../policy/seccomp-hex.ts";
import { attendantProfile } from "./attendant-profile.ts";
import { type Connection, createConnection } from "./connection.ts";

/** The launcher's directory in /proc, among the attendant's descriptors. */
const launcherProc = 5;
/** Numbers of rlimits: asm-generic/resource.h. */
const rlimits: readonly Operation[] = [
  ["rlimit", "2", String(2 ** 26)], // data
  ["rlimit", "4", "1"], // core; see policy/sandbox-policy.ts
  ["rlimit", "7", "2048"], // open files: three of a job at most, of which there are 512, and its own
];

/** Ends of those that run; a new one may be there before the old one is gone. */
const processes = new WeakMap<LivingSandbox, Set<Promise<void>>>();
const attendants = new WeakMap<LivingSandbox, Promise<Connection>>();

/** What the launcher applies to a process that works on a sandbox's files. */
function attendantPolicy(living: LivingSandbox): Operation[] {
  return [
    ...commandIds(living),
    ["namespaces", String(launcherProc)],
    ...rlimits,
    ...fileSizeLimit(living.options),
    ["seccomp", seccompHex(attendantProfile, "kernel")],
  ];
}

function whenReady(launcher: Launcher): Promise<void> {
  return new Promise((resolve, reject) => {
    const ended = (cause?: Error) =>
      new SandboxClosedError("the sandbox ended while its files were asked for; make a new one", { cause });
    launcher.onStatus((status) => {
      if (status.kind === "ready") resolve();
      else if (status.kind === "error")
        reject(status.step === "sandbox gone" ? ended(startError(status)) : startError(status));
    });
    launcher.closed.then(() => reject(ended()), reject);
  });
}

async function startAttendant(living: LivingSandbox): Promise<Connection> {
  const launcher = spawnLauncher({
    mode: "attend",
    program: sealedLauncher(),
    operations: living.adapt(attendantPolicy(living)),
    stdio: "ignore",
    extra: [living.procFd],
  });
  living.joined.add(launcher);
  const ends = processes.get(living) ?? new Set();
  processes.set(living, ends);
  const gone: Promise<void> = launcher.closed
    .catch(() => {})
    .finally(() => {
      ends.delete(gone);
      living.joined.delete(launcher);
    });
  ends.add(gone);
  try {
    const connection = createConnection(launcher.control, launcher.closed);
    await whenReady(launcher);
    return connection;
  } catch (error) {
    launcher.control.destroy();
    throw error;
  } finally {
    if (living.end !== undefined) launcher.control.destroy();
  }
}

/**
 * The process that works on a sandbox's files for this one: started when it is first needed, and again where it has
 * ended. It ends with the sandbox and with this process.
 *
 * @throws SandboxClosedError, SandboxStartError, LauncherMissingError
 */
export function attendantOf(living: LivingSandbox): Promise<Connection> {
  if (living.end !== undefined) return Promise.reject(hasEnded(living.end));
  const known = attendants.get(living);
  if (known !== undefined) return known;
  const starting = startAttendant(living);
  const forget = () => {
    if (attendants.get(living) === starting) attendants.delete(living);
  };
  starting.then(({ over }) => over.then(forget), forget);
  attendants.set(living, starting);
  return starting;
}

/** Resolves when a sandbox that has ended has no attendant any more. */
export async function attendantsGone(living: LivingSandbox): Promise<void> {
  await Promise.all(processes.get(living) ?? []);
}
