import { randomUUID } from "node:crypto";
import { closeSync, constants, openSync } from "node:fs";
import { errorCode } from "./cgroup/index.ts";
import { createCommands } from "./commands/commands.ts";
import { createCommandRegistry } from "./commands/registry.ts";
import { createEvents } from "./events/events.ts";
import { startError } from "./launcher/failure.ts";
import { sealLauncher } from "./launcher/sealed-launcher.ts";
import { type Launcher, spawnLauncher } from "./launcher/spawn-launcher.ts";
import type { Status } from "./launcher/status.ts";
import { describeLayers } from "./layers.ts";
import { createClock } from "./life/clock.ts";
import type { Adaptation, LivingSandbox } from "./living-sandbox.ts";
import { type ParsedOptions, parseSandboxOptions } from "./options/sandbox-options.ts";
import { sandboxPolicy } from "./policy/sandbox-policy.ts";
import { createPorts } from "./ports/ports.ts";
import { createPty } from "./pty/pty.ts";
import { holdLimits, type LimitHolder, releaseLimits } from "./sandbox-cgroup.ts";
import { readStats } from "./stats.ts";
import type { Sandbox, SandboxEnd, SandboxOptions, SandboxStats } from "./types.ts";

const asItIs: Adaptation = (operations) => operations;

/** What the launcher tells of a sandbox before a command may join it. */
interface Ready {
  readonly init: Extract<Status, { kind: "init" }>;
  readonly diskBy: SandboxStats["diskBy"];
}

function waitUntilReady(launcher: Launcher, onEnded: (status: Status) => void): Promise<Ready> {
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
        onEnded(status);
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

function describeEnd(status: Status | undefined): SandboxEnd {
  if (status?.kind !== "ended") return { reason: "crashed", detail: "the launcher's process was killed" };
  if (status.how === "wall") return { reason: "wallMs", detail: "its time was over (limits.wallMs)" };
  if (status.how === "memory")
    return { reason: "memoryMb", detail: "its memory was used up (limits.memoryMb, limits.oomKill)" };
  if (status.how === "disk") return { reason: "diskMb", detail: `${status.detail} (limits.diskMb)` };
  if (status.how === "closed") return { reason: "killed", detail: "its host ended it" };
  return {
    reason: "crashed",
    detail: `PID 1 was ended by signal ${status.signal}, for example for want of memory`,
  };
}

/**
 * Makes a sandbox: user, mount, pid, ipc, uts, network and cgroup namespaces, a root of its own, no capability,
 * seccomp, and limits. It lives until `kill()`, its `wallMs`, or the end of this process.
 *
 * @throws SandboxOptionError for a bad option
 * @throws CgroupUnavailableError when a limit cannot be enforced on this host
 * @throws SandboxStartError when a layer cannot be applied
 * @throws LauncherMissingError
 */
export function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  return createAdaptedSandbox(options, asItIs);
}

/** {@link createSandbox} with a policy that differs from what the options ask for. */
export async function createAdaptedSandbox(options: SandboxOptions, adapt: Adaptation): Promise<Sandbox> {
  const parsed = parseSandboxOptions(options);
  await sealLauncher();
  const id = randomUUID();
  const holder = holdLimits(parsed, id);
  let launcher: Launcher | undefined;
  try {
    const operations = adapt(sandboxPolicy(parsed, holder.cgroup));
    launcher = spawnLauncher({ mode: "create", operations, stdio: "ignore" });
    return await follow({ id, options: parsed, holder, adapt, launcher });
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
}

/** Waits for a sandbox that is being made, and keeps what its commands need. */
async function follow({ id, options, holder, adapt, launcher }: Starting): Promise<Sandbox> {
  let lastStatus: Status | undefined;
  const { init, diskBy } = await waitUntilReady(launcher, (status) => {
    lastStatus = status;
  });
  const procFd = openProcess(launcher.child.pid);
  const kill = async () => {
    launcher.control.destroy();
    await living.closed;
  };
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
    events: createEvents(id),
    clock: createClock(),
    kill,
    end: undefined,
    closed: launcher.closed.then(async () => {
      living.end = describeEnd(lastStatus);
      living.clock.stop();
      // Output that nobody reads would keep a command's launcher, and with it the sandbox's memory.
      for (const { control } of living.joined) control.destroy();
      closeSync(procFd);
      // A launcher that was killed could not clean up; the kernel has ended its sandbox.
      if (lastStatus?.kind !== "ended") await releaseLimits(holder);
      living.events.emit({ type: "sandbox.ended", ...living.end });
      return living.end;
    }),
  };
  living.events.emit({ type: "sandbox.started", pid: init.pid });
  return toSandbox(living);
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

function toSandbox(living: LivingSandbox): Sandbox {
  const { id, kill, closed } = living;
  return {
    id,
    pid: living.initPid,
    layers: describeLayers(living),
    commands: createCommands(living),
    pty: createPty(living),
    ports: createPorts(living),
    stats: () => readStats(living),
    kill,
    closed,
    [Symbol.asyncDispose]: kill,
  };
}
