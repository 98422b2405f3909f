import { type Cgroup, type CgroupLimits, CgroupUnavailableError } from "./cgroup/index.ts";
import { SandboxError } from "./errors.ts";
import { hostCgroups } from "./host-cgroups.ts";
import { startError } from "./launcher/failure.ts";
import { shortageOf } from "./launcher/shortage.ts";
import type { ParsedOptions } from "./options/sandbox-options.ts";

/** What holds a sandbox's limits. */
export interface LimitHolder {
  /** Absent only with best effort: then rlimits hold what they can. */
  readonly cgroup: Cgroup | undefined;
  /** Limits that were asked for and that nothing holds for all processes together; empty without best effort. */
  readonly unheld: readonly string[];
}

function cgroupLimits({ limits }: ParsedOptions): CgroupLimits {
  const { wallMs: _wallMs, diskMb: _diskMb, ...kept } = limits;
  return kept;
}

/** Without a group: rlimits bound the number of processes, and each one's memory. */
function withoutCgroup(options: ParsedOptions): LimitHolder {
  const { pids: _, oomKill, swapMb, ...limits } = cgroupLimits(options);
  const asked = { ...limits, ...(oomKill === "sandbox" && { oomKill }), ...(swapMb && { swapMb }) };
  return { cgroup: undefined, unheld: Object.keys(asked) };
}

function makeAsFarAsPossible(options: ParsedOptions, id: string): LimitHolder {
  const driver = hostCgroups();
  const wanted = cgroupLimits(options);
  const refused = new Set<string>(driver.refusals(wanted).map(({ limit }) => limit));
  if (refused.has("memoryMb") || refused.has("pids")) return withoutCgroup(options);
  const held = Object.fromEntries(Object.entries(wanted).filter(([name]) => !refused.has(name)));
  return { cgroup: driver.create(id, held), unheld: [...refused] };
}

/**
 * A group for the limits; none only where the caller has asked for best effort.
 *
 * @throws CgroupUnavailableError when a limit cannot be kept and must be
 * @throws SandboxStartError for want of descriptors or the like
 */
export function holdLimits(options: ParsedOptions, id: string): LimitHolder {
  const bestEffort = options.enforce === "best-effort";
  try {
    if (bestEffort) return makeAsFarAsPossible(options, id);
    return { cgroup: hostCgroups().create(id, cgroupLimits(options)), unheld: [] };
  } catch (error) {
    const shortage = shortageOf(error);
    if (shortage !== undefined)
      throw startError({ step: "spawn", errno: shortage, detail: "a cgroup for the limits" }, error);
    if (error instanceof CgroupUnavailableError && bestEffort) return withoutCgroup(options);
    throw error;
  }
}

/** What cannot be removed now is swept by a later host: a sandbox's end is told all the same. */
export async function releaseLimits({ cgroup }: LimitHolder): Promise<void> {
  try {
    await cgroup?.kill();
    await cgroup?.remove();
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
  }
}
