import { countRefusals, type LimitCounts, limitDenials } from "../denied/limit-denials.ts";
import type { LivingSandbox } from "../living-sandbox.ts";
import type { ParsedCommand } from "../options/command-options.ts";
import type { ExitStatus } from "./follow-command.ts";
import { signalName } from "./signal-name.ts";
import type { CommandExit } from "./types.ts";
import type { TimeWatch } from "./watch-time.ts";

const kbPerMb = 1024;

/** What is known of a command beside its exit. */
export interface Course {
  readonly living: LivingSandbox;
  readonly command: ParsedCommand;
  readonly before: LimitCounts;
  readonly watch: Pick<TimeWatch, "timedOut">;
  readonly durationMs: number;
}

/** How a command ended, with what its limits had to do with it. */
export function describeExit(exit: ExitStatus | undefined, course: Course): CommandExit {
  const { living, command, before, durationMs } = course;
  const { timedOut } = course.watch;
  const after = countRefusals(living.cgroup);
  const failed = exit?.kind !== "exit" || exit.value !== 0;
  const oomKilled = failed && after.oomKills > before.oomKills;
  const signal = exit?.kind === "exit" ? null : signalName(exit?.value);
  const { timeoutMs } = command;
  const limited = { before, after, oomKilled, timedOut, timeoutMs, signal, sandboxEnd: living.end };
  return {
    exitCode: exit?.kind === "exit" ? exit.value : null,
    signal,
    timedOut,
    oomKilled,
    denied: limitDenials(living.options.limits, limited),
    durationMs,
    cpuMs: exit?.cpuMs ?? 0,
    maxRssMb: (exit?.maxRssKb ?? 0) / kbPerMb,
  };
}
