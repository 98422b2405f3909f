import { SandboxError } from "#sandbox";
import type { ProbeResult } from "../attacks/index.ts";
import { createAttackTable, totalsOf } from "./attack-table.ts";
import type { DoctorCommand } from "./doctor-arguments.ts";
import type { Terminal } from "./terminal.ts";

/** How the attacks ended. */
export interface AttackReport {
  readonly probes: readonly ProbeResult[];
  readonly escaped: number;
  readonly total: number;
  /** Why this is no proof: something got out, a control failed, or the attacks could not be run to their end. */
  readonly fault: string | undefined;
}

export const noAttack: AttackReport = { probes: [], escaped: 0, total: 0, fault: undefined };

/**
 * Attacks sandboxes of this host.
 *
 * @param terminal where each attack is told as it ends
 */
export async function attackHost(
  { as, only }: Pick<DoctorCommand, "as" | "only">,
  terminal: Terminal | undefined,
): Promise<AttackReport> {
  // loaded only where it is asked for: it is as large as the library
  const { AttackCorpusError, corpus, runCorpus } = await import("../attacks/index.ts");
  const chosen = corpus.filter(({ id }) => only.length === 0 || only.includes(id));
  const unknown = only.filter((id) => !chosen.some((probe) => probe.id === id));
  if (unknown.length > 0) return { ...noAttack, fault: `no attack is called ${unknown.join(", ")}` };
  const table = terminal === undefined ? undefined : createAttackTable(terminal, chosen);
  const ended: ProbeResult[] = [];
  const onProbe = (result: ProbeResult) => {
    ended.push(result);
    table?.add(result);
  };
  const report = await runCorpus({ as, onProbe, only: chosen.map(({ id }) => id) }).catch(
    (error: unknown) => {
      if (!(error instanceof AttackCorpusError) && !(error instanceof SandboxError)) throw error;
      return { ...countOf(ended), fault: `the attacks could not be run to their end: ${error.message}` };
    },
  );
  terminal?.line();
  for (const line of totalsOf(report.probes)) terminal?.line(line);
  return { fault: faultOf(report), ...report };
}

function countOf(probes: readonly ProbeResult[]) {
  return {
    probes,
    escaped: probes.filter(({ outcome }) => outcome === "escaped").length,
    total: probes.length,
  };
}

function faultOf({
  probes,
  escaped,
  total,
}: Pick<AttackReport, "probes" | "escaped" | "total">): string | undefined {
  const failed = probes.filter(({ control }) => control === "failed").map(({ id, as }) => `${id} as ${as}`);
  if (escaped > 0)
    return `${escaped} of ${total} attacks got out of their sandbox: do not run untrusted code here`;
  if (failed.length > 0) return `these attacks prove nothing, their controls failed: ${failed.join(", ")}`;
  return total === 0 ? "no attack was run" : undefined;
}

/** In words, what was shown where nothing is at fault. */
export function successOf(probes: readonly ProbeResult[]): string {
  const held = probes.filter(({ outcome }) => outcome === "held").length;
  const untried = probes.length - held;
  const rest = untried === 0 ? "" : `, ${untried} cannot be tried here`;
  return `None of ${probes.length} attacks got out: ${held} held${rest}.`;
}
