import { setTimeout as delay } from "node:timers/promises";
import type { Guard } from "#sandbox/weakened";
import { createContext } from "./context.ts";
import { corpus } from "./corpus.ts";
import { AttackCorpusError } from "./errors.ts";
import { type Lane, type Probe, type ProbeContext, skipped, type Trial } from "./probe.ts";

export interface ProbeResult {
  readonly id: string;
  readonly as: Lane;
  /** `held`: the attack was refused, and its control succeeded. `skipped`: nothing was shown. */
  readonly outcome: "held" | "escaped" | "skipped";
  /** `failed` is a fault: the probe shows nothing because its control does not work. */
  readonly control: "succeeded" | "failed" | "skipped";
  readonly detail: string;
}

export interface LaneOptions {
  readonly as: Lane;
  /** Identifiers of the probes to run. Default: all. */
  readonly only?: readonly string[] | undefined;
  /** Guards to leave out of the sandboxes that are attacked. Default: none. */
  readonly weakened?: readonly Guard[] | undefined;
  readonly onProbe?: ((result: ProbeResult) => void) | undefined;
}

/** Probes that are not light, at once. */
const atOnce = 2;
const probeTimeoutMs = 60_000;

/** Runs the probes as the user of this process. @throws AttackCorpusError, and what `createSandbox` throws */
export async function runLane({ as, only, weakened = [], onProbe }: LaneOptions): Promise<ProbeResult[]> {
  const probes = corpus.filter(({ id }) => only?.includes(id) ?? true);
  const context = await createContext(as, weakened);
  const results = new Map<Probe, ProbeResult>();
  const run = async (probe: Probe) => {
    const result = await runProbe(probe, context);
    results.set(probe, result);
    onProbe?.(result);
  };
  try {
    await Promise.all(probes.filter(({ light }) => light).map(run));
    const queue = probes.filter(({ light }) => !light);
    const work = async () => {
      for (let probe = queue.shift(); probe !== undefined; probe = queue.shift()) await run(probe);
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  } finally {
    await context.end();
  }
  return probes.flatMap((probe) => results.get(probe) ?? []);
}

async function runProbe(probe: Probe, context: ProbeContext): Promise<ProbeResult> {
  const { id } = probe;
  const { as } = context;
  const bound = new AbortController();
  const late = delay(probeTimeoutMs, undefined, { signal: bound.signal, ref: false }).then(() => {
    throw new AttackCorpusError(`the probe ${id} did not end within ${probeTimeoutMs / 1000} s`);
  });
  late.catch(() => {});
  try {
    const attack = await Promise.race([probe.attack(context), late]);
    const control =
      attack.outcome === "refused"
        ? await Promise.race([probe.control(context, attack), late])
        : skipped(attack.outcome === "succeeded" ? "the attack succeeded" : attack.detail);
    return { id, as, ...judge(attack, control) };
  } catch (error) {
    return {
      id,
      as,
      outcome: "skipped",
      control: "failed",
      detail: error instanceof Error ? error.message : String(error),
    };
  } finally {
    bound.abort();
  }
}

function judge(attack: Trial, control: Trial): Pick<ProbeResult, "outcome" | "control" | "detail"> {
  if (attack.outcome === "succeeded")
    return { outcome: "escaped", control: "skipped", detail: attack.detail || "the attack succeeded" };
  if (attack.outcome === "skipped") return { outcome: "skipped", control: "skipped", detail: attack.detail };
  if (control.outcome === "succeeded")
    return { outcome: "held", control: "succeeded", detail: attack.detail };
  return control.outcome === "skipped"
    ? { outcome: "skipped", control: "skipped", detail: control.detail }
    : { outcome: "skipped", control: "failed", detail: `the control failed: ${control.detail}` };
}
