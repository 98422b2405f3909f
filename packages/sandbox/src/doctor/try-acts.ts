import { spawnLauncher } from "../launcher/spawn-launcher.ts";
import type { LauncherFailure } from "../launcher/status.ts";
import { checkPolicy } from "../policy/sandbox-policy.ts";
import { type Act, type Attempt, acts } from "./act.ts";

/** All acts together take about 20 ms; a kernel that keeps one waiting is one that cannot do it. */
const boundMs = 10_000;

/**
 * Has the launcher try each act in a process of its own. Acts that were not reached are absent; nothing is thrown.
 *
 * @param directory shown under other ids, for trial, where the launcher is privileged
 */
export async function tryActs(directory: string): Promise<ReadonlyMap<Act, Attempt>> {
  const attempts = new Map<Act, Attempt>();
  const launcher = spawnLauncher({ mode: "check", operations: checkPolicy(directory), stdio: "ignore" });
  let current: Act | undefined;
  let failure: LauncherFailure | undefined;
  launcher.onStatus((status) => {
    if (status.kind === "act") {
      current = acts.find((act) => act === status.name);
      failure = undefined;
    } else if (status.kind === "error") failure = status;
    else if (status.kind === "tried" && current !== undefined)
      attempts.set(current, status.done ? { outcome: "done" } : failed(failure));
  });
  const timer = setTimeout(() => launcher.child.kill("SIGKILL"), boundMs);
  await launcher.closed.catch(() => {}); // a launcher that cannot be run has tried nothing
  clearTimeout(timer);
  launcher.control.destroy();
  return attempts;
}

/** An act that a signal ended has said nothing. */
function failed(failure: LauncherFailure | undefined): Attempt {
  const { step, errno, detail } = failure ?? { step: "killed", errno: "by a signal", detail: "" };
  return { outcome: "failed", step, errno, detail };
}
