import type { HostReport } from "./host-report.ts";
import { trySandbox } from "./sandbox-trial.ts";

/**
 * Tells what this kernel and this machine offer to sandboxes of this process, layer by layer, each lack with its
 * fix; and in the end makes a sandbox and runs a command in it. Never rejects: what cannot be found out is a layer
 * that is missing. On cgroup v2 the host process may be moved into a leaf of its group, as the first sandbox does.
 */
export async function checkHost(): Promise<HostReport> {
  const required = await trySandbox("required");
  const trial = required.wantsCgroup ? await trySandbox("best-effort") : required;
  const bestEffortOnly = required.wantsCgroup && trial.ran;
  return {
    ready: trial.ran,
    bestEffortOnly,
    layers: [{ name: "sandbox", state: trial.ran ? "ok" : "missing", detail: trial.detail }],
  };
}
