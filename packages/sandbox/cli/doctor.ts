import { checkHost } from "#sandbox";
import type { DoctorCommand } from "./arguments.ts";
import { printLayers, verdictOf } from "./host-table.ts";
import { createTerminal } from "./terminal.ts";

/** Examines this host and tells what was found; resolves to the exit code. */
export async function doctor({ json }: DoctorCommand): Promise<number> {
  const report = await checkHost();
  const verdict = verdictOf(report);
  if (json) {
    process.stdout.write(`${JSON.stringify({ ...report, verdict }, null, 2)}\n`);
  } else {
    const terminal = createTerminal(process.stdout);
    printLayers(terminal, report.layers);
    terminal.line();
    terminal.line(report.ready ? terminal.bold(verdict) : terminal.bad(verdict));
  }
  return report.ready ? 0 : 1;
}
