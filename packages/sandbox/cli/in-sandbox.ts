import { createSandbox, type Denial, type Sandbox, type SandboxEvent } from "#sandbox";
import { openEventLog } from "./event-log.ts";
import { nodeInside } from "./node-inside.ts";
import { reportFailure } from "./outcome.ts";
import type { Report } from "./reporter.ts";
import type { SandboxArguments } from "./sandbox-arguments.ts";

/** A sandbox as its arguments ask for it. */
export interface Made {
  readonly sandbox: Sandbox;
  /** For the command. */
  readonly envs: Readonly<Record<string, string>>;
  /** What was denied so far. */
  readonly denied: readonly Denial[];
  /** Adds to what `--json` tells. */
  tell(event: SandboxEvent): void;
}

/**
 * Makes a sandbox for the body, and ends it after it.
 *
 * @returns the exit code: the body's, or the one for a sandbox or a command that could not be started
 */
export async function inSandbox(
  given: SandboxArguments,
  report: Report,
  body: (made: Made) => Promise<number>,
): Promise<number> {
  const { options, json, envs } = given;
  const mounts = options.mounts ?? [];
  const node = options.rootfs === undefined ? nodeInside(mounts.map(({ target }) => target)) : undefined;
  const denied: Denial[] = [];
  let log: ReturnType<typeof openEventLog> | undefined;
  try {
    log = json === undefined ? undefined : openEventLog(json);
    const sandbox = await createSandbox({
      ...options,
      mounts: [...mounts, ...(node?.mounts ?? [])],
      onEvent(event) {
        if (event.type === "command.denied") denied.push(event.denial);
        log?.add(event);
      },
    });
    try {
      const { unenforced } = await sandbox.stats();
      if (unenforced.length > 0) report(`best effort: nothing holds ${unenforced.join(", ")} here`);
      const tell = (event: SandboxEvent) => log?.add(event);
      return await body({ sandbox, envs: { ...node?.envs, ...envs }, denied, tell });
    } finally {
      await sandbox.kill();
    }
  } catch (error) {
    return reportFailure(report, error, given.command[0]);
  } finally {
    const lack = await log?.close();
    if (lack !== undefined) report(`--json ${json} is not complete: ${lack}`);
  }
}
