import { CgroupUnavailableError } from "../cgroup/index.ts";
import { createSandbox } from "../create-sandbox.ts";

/** How a sandbox that was made for trial fared. */
export interface SandboxTrial {
  /** False where any part failed: `detail` then is the error's message. */
  readonly ran: boolean;
  readonly detail: string;
  /** It failed for want of a cgroup, so that best effort may do. */
  readonly wantsCgroup: boolean;
}

/** Makes a sandbox, runs a command in it and ends it. */
export async function trySandbox(enforce: "required" | "best-effort"): Promise<SandboxTrial> {
  try {
    return { ...(await runIn(enforce)), wantsCgroup: false };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { ran: false, detail, wantsCgroup: error instanceof CgroupUnavailableError };
  }
}

async function runIn(enforce: "required" | "best-effort") {
  const started = performance.now();
  const sandbox = await createSandbox({ enforce });
  try {
    const { exitCode, stdout, stderr } = await sandbox.commands.run("echo ran");
    const took = Math.round(performance.now() - started);
    return exitCode === 0 && stdout === "ran\n"
      ? { ran: true, detail: `made, and ran a command, in ${took} ms` }
      : { ran: false, detail: `its command ended with ${exitCode ?? "a signal"}: ${stdout}${stderr}` };
  } finally {
    await sandbox.kill();
  }
}
