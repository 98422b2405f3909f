import type { Guard } from "#sandbox/weakened";
import { AttackCorpusError } from "./errors.ts";
import type { Lane } from "./probe.ts";
import { type ProbeResult, runLane } from "./run-lane.ts";
import { runUserLane } from "./user-lane.ts";

export { corpus } from "./corpus.ts";
export { AttackCorpusError } from "./errors.ts";
export type { Lane, Probe, ProbeContext, Trial } from "./probe.ts";
export type { ProbeResult } from "./run-lane.ts";

export interface CorpusOptions {
  /** Only as root, or only as an ordinary user. Default: both where this process is root, else as its own user. */
  readonly as?: Lane | undefined;
  /** Called for every probe as it ends. */
  readonly onProbe?: ((result: ProbeResult) => void) | undefined;
  /** Identifiers of the probes to run. Default: all. */
  readonly only?: readonly string[] | undefined;
  /** Guards to leave out of the attacked sandboxes, which shows that probes can fail. Default: none. */
  readonly weakened?: readonly Guard[] | undefined;
}

export interface CorpusReport {
  readonly probes: readonly ProbeResult[];
  /** Probes that got out. */
  readonly escaped: number;
  readonly total: number;
}

/**
 * Attacks sandboxes of this library on this machine, with controls. It takes up to a minute a lane, harms nothing and
 * leaves nothing behind. As root, "user" is uid 65533 with a control group delegated to it.
 *
 * @throws AttackCorpusError when a lane cannot be had or its process dies
 * @throws what `createSandbox` throws on a host that can have no sandbox
 */
export async function runCorpus(options: CorpusOptions = {}): Promise<CorpusReport> {
  const isRoot = process.geteuid?.() === 0;
  if (options.as === "root" && !isRoot)
    throw new AttackCorpusError('the corpus runs as "root" for root only: run it with sudo, or as "user"');
  const lanes: readonly Lane[] =
    options.as === undefined ? (isRoot ? ["root", "user"] : ["user"]) : [options.as];
  const probes: ProbeResult[] = [];
  for (const as of lanes)
    probes.push(...(await (isRoot && as === "user" ? runUserLane(options) : runLane({ ...options, as }))));
  return {
    probes,
    escaped: probes.filter(({ outcome }) => outcome === "escaped").length,
    total: probes.length,
  };
}
