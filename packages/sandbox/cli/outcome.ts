import { constants } from "node:os";
import { type CommandExit, CommandStartError, type Denial, SandboxError } from "#sandbox";
import { exitCodes } from "./exit-codes.ts";
import type { Report } from "./reporter.ts";
import { WrongUsage } from "./wrong-usage.ts";

const maxDenials = 10;

/** Node.js asks for io_uring at each of its starts, and does without: that is no cause of anything. */
function isTelling({ layer, what }: Denial): boolean {
  return layer !== "seccomp" || !what.startsWith("io_uring_setup");
}

/** Tells why a program may have failed: refused calls last, which programs often do without. */
export function reportDenials(report: Report, denied: readonly Denial[]): void {
  const telling = denied.filter(isTelling);
  const sorted = [
    ...telling.filter(({ layer }) => layer !== "seccomp"),
    ...telling.filter(({ layer }) => layer === "seccomp"),
  ];
  for (const { layer, what, hint } of sorted.slice(0, maxDenials))
    report(`denied (${layer}): ${what}; ${hint}`);
  if (sorted.length > maxDenials) report(`and ${sorted.length - maxDenials} more were denied`);
}

/**
 * Tells what went wrong before or around the program; returns the exit code.
 *
 * @param program its name, as it was given
 */
export function reportFailure(report: Report, error: unknown, program = ""): number {
  if (!(error instanceof SandboxError) && !(error instanceof WrongUsage)) throw error;
  report(error.message);
  if (error instanceof CommandStartError && /\s/.test(program))
    report(
      `a program and its arguments are words of their own; for a line of a shell use: sh -c '${program}'`,
    );
  if (!(error instanceof CommandStartError) || error.step !== "exec") return exitCodes.failed;
  return error.errno === "ENOENT" ? exitCodes.notFound : exitCodes.notRunnable;
}

export function signalCode(signal: NodeJS.Signals): number {
  return exitCodes.signal + constants.signals[signal];
}

export function exitCodeOf({ exitCode, signal, timedOut }: CommandExit): number {
  if (timedOut) return exitCodes.timedOut;
  return signal === null ? (exitCode ?? exitCodes.failed) : signalCode(signal);
}
