import { addOutputDenials, parseSandboxOptions } from "#sandbox/internal";
import { inSandbox, type Made } from "./in-sandbox.ts";
import { exitCodeOf, reportDenials, signalCode } from "./outcome.ts";
import { passThrough } from "./pass-through.ts";
import type { Report } from "./reporter.ts";
import type { SandboxArguments } from "./sandbox-arguments.ts";
import { type HeldSignals, holdSignals } from "./signals.ts";
import { attachTerminal } from "./terminal-session.ts";

/**
 * Runs a program in a sandbox of its own, with this process's input, output and signals, or in its terminal.
 *
 * @returns the exit code
 */
export async function exec(given: SandboxArguments, report: Report): Promise<number> {
  const signals = holdSignals();
  try {
    return await inSandbox(given, report, async (made) => {
      if (signals.early !== undefined) return signalCode(signals.early);
      return process.stdin.isTTY && process.stdout.isTTY
        ? await runInTerminal(given, report, made)
        : await run(given, report, { ...made, signals });
    });
  } finally {
    signals.release();
  }
}

function commandOptions({ cwd, timeoutMs }: SandboxArguments, { envs }: Made) {
  return {
    envs,
    ...(cwd !== undefined && { cwd }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
}

async function runInTerminal(given: SandboxArguments, report: Report, made: Made): Promise<number> {
  const { sandbox, denied } = made;
  const code = await attachTerminal(sandbox, { ...commandOptions(given, made), command: given.command });
  if (code !== 0) reportDenials(report, denied);
  return code;
}

async function run(
  given: SandboxArguments,
  report: Report,
  { signals, ...made }: Made & { readonly signals: HeldSignals },
): Promise<number> {
  const { sandbox } = made;
  const options = parseSandboxOptions(given.options);
  const handle = await sandbox.commands.start(given.command, commandOptions(given, made));
  const forward = (signal: NodeJS.Signals) => void handle.kill(signal);
  signals.giveTo(forward);
  if (signals.early !== undefined) forward(signals.early);
  const streams = passThrough(handle);
  const exit = await handle.wait();
  const denied = addOutputDenials(exit.denied, streams.lastErrors(), options);
  for (const denial of denied.slice(exit.denied.length)) {
    const of = { sandboxId: sandbox.id, commandId: handle.id };
    made.tell({ type: "command.denied", ...of, time: Date.now(), denial });
  }
  // What the program has left behind holds its output open.
  await sandbox.kill();
  // Somebody may take what is left of the output very slowly, or never: then a signal is for this process.
  signals.giveTo((signal) => process.exit(signalCode(signal)));
  await streams.ended;
  const code = exitCodeOf(exit);
  if (code !== 0) reportDenials(report, denied);
  return code;
}
