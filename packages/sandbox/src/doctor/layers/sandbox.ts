import { type Finding, limited, missing, ok } from "../findings.ts";
import type { Host } from "../host.ts";

export interface Proof {
  readonly finding: Finding;
  readonly ran: boolean;
  readonly bestEffortOnly: boolean;
}

/** The last word: a sandbox is made for real, at first as by default. */
export async function proveSandbox(host: Host): Promise<Proof> {
  const required = await host.trySandbox("required");
  if (required.ran) return { finding: ok(required.detail), ran: true, bestEffortOnly: false };
  const best = required.wantsCgroup ? await host.trySandbox("best-effort") : required;
  if (best.ran) {
    const detail = `${best.detail}, with enforce: "best-effort": rlimits bound each process, nothing bounds all together`;
    return { finding: limited(detail, "first: limits"), ran: true, bestEffortOnly: true };
  }
  return {
    finding: missing(best.detail, "see the first layer above that is missing"),
    ran: false,
    bestEffortOnly: false,
  };
}
