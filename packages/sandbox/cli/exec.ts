import { createSandbox, type Sandbox } from "#sandbox";
import { addOutputDenials, parseSandboxOptions } from "#sandbox/internal";
import { openEventLog } from "./event-log.ts";
import { nodeInside } from "./node-inside.ts";
import { exitCodeOf, reportDenials, reportFailure, signalCode } from "./outcome.ts";
import { passThrough } from "./pass-through.ts";
import type { Report } from "./reporter.ts";
import type { SandboxArguments } from "./sandbox-arguments.ts";
import { type HeldSignals, holdSignals } from "./signals.ts";

/**
 * Runs a program in a sandbox of its own, with this process's input, output and signals.
 *
 * @returns the exit code
 */
export async function exec(given: SandboxArguments, report: Report): Promise<number> {
  const signals = holdSignals();
  try {
    return await inSandbox(given, report, (sandbox, envs) => run(sandbox, { given, envs, signals, report }));
  } catch (error) {
    return reportFailure(report, error);
  } finally {
    signals.release();
  }
}

/** Makes a sandbox for the body, and ends it after it. */
async function inSandbox<T>(
  { options, json, envs }: SandboxArguments,
  report: Report,
  body: (sandbox: Sandbox, envs: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  const mounts = options.mounts ?? [];
  const node = options.rootfs === undefined ? nodeInside(mounts.map(({ target }) => target)) : undefined;
  const log = json === undefined ? undefined : openEventLog(json);
  try {
    const sandbox = await createSandbox({
      ...options,
      mounts: [...mounts, ...(node?.mounts ?? [])],
      ...(log !== undefined && { onEvent: log.add }),
    });
    try {
      const { unenforced } = await sandbox.stats();
      if (unenforced.length > 0) report(`best effort: nothing holds ${unenforced.join(", ")} here`);
      return await body(sandbox, { ...node?.envs, ...envs });
    } finally {
      await sandbox.kill();
    }
  } finally {
    const lack = await log?.close();
    if (lack !== undefined) report(`--json ${json} is not complete: ${lack}`);
  }
}

interface Run {
  readonly given: SandboxArguments;
  readonly envs: Readonly<Record<string, string>>;
  readonly signals: HeldSignals;
  readonly report: Report;
}

async function run(sandbox: Sandbox, { given, envs, signals, report }: Run): Promise<number> {
  const { command, cwd, timeoutMs, options } = given;
  if (signals.early !== undefined) return signalCode(signals.early);
  const handle = await sandbox.commands.start(command, {
    envs,
    ...(cwd !== undefined && { cwd }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
  const forward = (signal: NodeJS.Signals) => void handle.kill(signal);
  signals.giveTo(forward);
  if (signals.early !== undefined) forward(signals.early);
  const streams = passThrough(handle);
  const exit = await handle.wait();
  // What the program has left behind holds its output open.
  await sandbox.kill();
  // Somebody may take what is left of the output very slowly, or never: then a signal is for this process.
  signals.giveTo((signal) => process.exit(signalCode(signal)));
  await streams.ended;
  const code = exitCodeOf(exit);
  if (code !== 0)
    reportDenials(report, addOutputDenials(exit.denied, streams.lastErrors(), parseSandboxOptions(options)));
  return code;
}
