import { randomUUID } from "node:crypto";
import { closeSync, constants, openSync } from "node:fs";
import { attendantsGone } from "./attendant/attendant.ts";
import { CgroupBusyError, errorCode } from "./cgroup/index.ts";
import { createCommands } from "./commands/commands.ts";
import { createCommandRegistry } from "./commands/registry.ts";
import { streamEvents } from "./events/event-stream.ts";
import { createEvents } from "./events/events.ts";
import { createFiles } from "./files/files.ts";
import { startError } from "./launcher/failure.ts";
import { sealLauncher } from "./launcher/sealed-launcher.ts";
import { type Launcher, spawnLauncher } from "./launcher/spawn-launcher.ts";
import type { Status } from "./launcher/status.ts";
import { describeLayers } from "./layers.ts";
import { createClock } from "./life/clock.ts";
import { noFreezer } from "./life/freezer.ts";
import { createLauncherRequests } from "./life/launcher-requests.ts";
import { createPausing } from "./life/pausing.ts";
import { describeEnd, hasEnded } from "./life/sandbox-end.ts";
import { createStats } from "./life/stats.ts";
import { createTimeout, type Timeout } from "./life/timeout.ts";
import type { Adaptation, LivingSandbox } from "./living-sandbox.ts";
import { parseEventsOptions } from "./options/event-options.ts";
import { type ParsedOptions, parseSandboxOptions } from "./options/sandbox-options.ts";
import { parseForkCount, parseSnapshotName } from "./options/snapshot-options.ts";
import { sandboxPolicy } from "./policy/sandbox-policy.ts";
import { createPorts } from "./ports/ports.ts";
import { createPty } from "./pty/pty.ts";
import { holdLimits, type LimitHolder, releaseLimits } from "./sandbox-cgroup.ts";
import { captureSnapshot } from "./snapshots/capture.ts";
import { type Branch, createFrom } from "./snapshots/create-from.ts";
import { forkSandbox } from "./snapshots/fork.ts";
import { restoreSnapshot } from "./snapshots/restore.ts";
import { recoverMounts } from "./snapshots/sweep.ts";
import type { Sandbox, SandboxEnd, SandboxOptions, SandboxStats } from "./types.ts";

const asItIs: Adaptation = (operations) => operations;

/** What the launcher tells of a sandbox before a command may join it. */
interface Ready {
  readonly init: Extract<Status, { kind: "init" }>;
  readonly diskBy: SandboxStats["diskBy"];
}

function waitUntilReady(launcher: Launcher, onLater: (status: Status) => void): Promise<Ready> {
  return new Promise((resolve, reject) => {
    let init: Ready["init"] | undefined;
    let diskBy: Ready["diskBy"];
    let lastStatus: Status | undefined;
    launcher.onStatus((status) => {
      if (status.kind === "error") reject(startError(status));
      else if (status.kind === "init") init = status;
      else if (status.kind === "disk") diskBy = status.by;
      else if (status.kind === "ready" && init !== undefined) resolve({ init, diskBy });
      else {
        lastStatus = status;
        onLater(status);
      }
    });
    launcher.closed.then(
      () =>
        reject(
          startError({
            step: "launcher",
            errno: "ended",
            detail: `before the sandbox was ready: ${describeEnd(lastStatus).detail}`,
          }),
        ),
      reject,
    );
  });
}

/**
 * Makes a sandbox: user, mount, pid, ipc, uts, network and cgroup namespaces, a root of its own, no capability,
 * seccomp, and limits. It lives until `kill()`, its `timeoutMs` or `wallMs`, or the end of this process.
 *
 * @throws SandboxOptionError for a bad option
 * @throws CgroupUnavailableError when a limit cannot be enforced on this host
 * @throws SandboxPauseError for `onTimeout: "pause"` without a cgroup
 * @throws SandboxStartError when a layer cannot be applied
 * @throws SnapshotError with `from`, when the snapshot cannot be used
 * @throws LauncherMissingError
 */
export function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  return createAdaptedSandbox(options, asItIs);
}

/** {@link createSandbox} with a policy that differs from what the options ask for. */
export async function createAdaptedSandbox(options: SandboxOptions, adapt: Adaptation): Promise<Sandbox> {
  const parsed = parseSandboxOptions(options);
  await recoverMounts(parsed);
  return await makeSandbox(parsed, adapt);
}

/** With a snapshot where the options name one. */
async function makeSandbox(options: ParsedOptions, adapt: Adaptation): Promise<Sandbox> {
  await sealLauncher();
  if (options.from === undefined) return await make(options, adapt);
  return await createFrom(options, options.from, (prepared, branch) => make(prepared, adapt, branch));
}

async function make(parsed: ParsedOptions, adapt: Adaptation, branch?: Branch): Promise<Sandbox> {
  const id = randomUUID();
  const holder = holdLimits(parsed, id);
  let launcher: Launcher | undefined;
  try {
    if (parsed.onTimeout === "pause" && holder.cgroup === undefined)
      throw noFreezer('onTimeout: "pause" is not possible for this sandbox');
    const operations = adapt(sandboxPolicy(parsed, holder.cgroup));
    launcher = spawnLauncher({ mode: "create", operations, stdio: "ignore" });
    return await follow({ id, options: parsed, holder, adapt, launcher, branch });
  } catch (error) {
    launcher?.control.destroy();
    await launcher?.closed.catch(() => {});
    await releaseLimits(holder);
    throw error;
  }
}

interface Starting {
  readonly id: string;
  readonly options: ParsedOptions;
  readonly holder: LimitHolder;
  readonly adapt: Adaptation;
  readonly launcher: Launcher;
  readonly branch: Branch | undefined;
}

/** Waits for a sandbox that is being made, and keeps what its commands need. */
async function follow({ id, options, holder, adapt, launcher, branch }: Starting): Promise<Sandbox> {
  const known: KnownEnd = {};
  const requests = createLauncherRequests(launcher);
  const { init, diskBy } = await waitUntilReady(launcher, (status) => {
    if (!requests.onStatus(status)) known.status = status;
  });
  // What is paused cannot die by itself on cgroup v1, and would keep the status open that the end is told by.
  launcher.child.once("exit", (code) => void (code !== 0 && holder.cgroup?.kill().catch(ignoreBusy)));
  const procFd = openProcess(launcher.child.pid);
  const kill = async (why?: SandboxEnd) => {
    known.wanted ??= why;
    launcher.control.destroy();
    await living.closed;
  };
  const clock = createClock();
  const events = createEvents(id);
  const { emit } = events;
  const living: LivingSandbox = {
    ...holder,
    id,
    options,
    initPid: init.pid,
    outsideUid: init.uid,
    outsideGid: init.gid,
    procFd,
    adapt,
    diskBy,
    joined: new Set(),
    commands: createCommandRegistry(),
    events,
    clock,
    pausing: createPausing({
      freezer: holder.cgroup && requests.freezer,
      clock,
      emit,
      end: () => living.end,
    }),
    unwatched: (act) => (diskBy === "watchdog" ? requests.unwatched(act) : act()),
    kill,
    end: undefined,
    closed: launcher.closed.then(() => close(living, known, branch)),
  };
  if (options.onEvent !== undefined) living.events.listen(options.onEvent);
  await branch?.fill(living);
  emit({ type: "sandbox.started", pid: init.pid });
  return toSandbox(living, { timeout: createTimeout(living), stats: createStats(living, requests.usage) });
}

/** What is known of a sandbox's end before it is there: what its launcher has told last, and why its host wants it. */
interface KnownEnd {
  status?: Status;
  wanted?: SandboxEnd | undefined;
}

async function close(
  living: LivingSandbox,
  { status, wanted }: KnownEnd,
  branch: Branch | undefined,
): Promise<SandboxEnd> {
  living.end = describeEnd(status, wanted);
  living.clock.stop();
  // Output that nobody reads would keep a command's launcher, and with it the sandbox's memory.
  for (const { control } of living.joined) control.destroy();
  await attendantsGone(living);
  closeSync(living.procFd);
  // A launcher that was killed could not clean up; the kernel has ended its sandbox.
  if (status?.kind !== "ended") await releaseLimits(living);
  await branch?.remove();
  living.events.emit({ type: "sandbox.ended", ...living.end });
  return living.end;
}

/** It is tried again when the sandbox has ended. */
function ignoreBusy(error: unknown): void {
  if (!(error instanceof CgroupBusyError)) throw error;
}

function openProcess(pid: number | undefined): number {
  try {
    return openSync(`/proc/${pid}`, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (cause) {
    throw startError(
      { step: "descriptor", errno: errorCode(cause) ?? "unknown", detail: "of the launcher" },
      cause,
    );
  }
}

interface LifeParts {
  readonly timeout: Timeout;
  readonly stats: Sandbox["stats"];
}

function toSandbox(living: LivingSandbox, { timeout, stats }: LifeParts): Sandbox {
  const { id, closed, pausing } = living;
  const kill = () => living.kill();
  return {
    id,
    pid: living.initPid,
    layers: describeLayers(living),
    commands: createCommands(living),
    files: createFiles(living),
    pty: createPty(living),
    ports: createPorts(living),
    get state() {
      return pausing.state;
    },
    setTimeout(ms) {
      if (living.end !== undefined) throw hasEnded(living.end);
      timeout.set(ms);
    },
    pause: () => pausing.pause(),
    async resume() {
      await pausing.resume();
      timeout.resumed();
    },
    stats,
    events: (options) => streamEvents(living.events, parseEventsOptions(options)),
    snapshot: async (options) => captureSnapshot(living, parseSnapshotName(options)),
    restore: async (snapshotId) => restoreSnapshot(living, snapshotId),
    fork: async (count) =>
      forkSandbox(living, parseForkCount(count), (options) => makeSandbox(options, living.adapt)),
    kill,
    closed,
    [Symbol.asyncDispose]: kill,
  };
}
