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

/** What is tried. */
export interface SandboxTrialOptions {
  readonly enforce: "required" | "best-effort";
  /** With a system that the command changes. */
  readonly writableSystem?: boolean;
}

/** Makes a sandbox, runs a command in it and ends it. */
export async function trySandbox(options: SandboxTrialOptions): Promise<SandboxTrial> {
  try {
    return { ...(await runIn(options)), wantsCgroup: false };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { ran: false, detail, wantsCgroup: error instanceof CgroupUnavailableError };
  }
}

async function runIn({ enforce, writableSystem = false }: SandboxTrialOptions) {
  const started = performance.now();
  const sandbox = await createSandbox({ enforce, writableSystem });
  try {
    const { exitCode, stdout, stderr } = await sandbox.commands.run(
      writableSystem ? "echo change > /usr/cloison-trial && echo ran" : "echo ran",
    );
    const took = Math.round(performance.now() - started);
    return exitCode === 0 && stdout === "ran\n"
      ? { ran: true, detail: `made, and ran a command, in ${took} ms` }
      : { ran: false, detail: `its command ended with ${exitCode ?? "a signal"}: ${stdout}${stderr}` };
  } finally {
    await sandbox.kill();
  }
}
