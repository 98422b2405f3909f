import { checkHost } from "#sandbox";
import { attackHost, noAttack, successOf } from "./attack.ts";
import type { DoctorCommand } from "./doctor-arguments.ts";
import { printLayers, verdictOf } from "./host-table.ts";
import { createTerminal } from "./terminal.ts";

/** Examines this host and tells what was found; resolves to the exit code. */
export async function doctor(command: DoctorCommand): Promise<number> {
  // Nobody reads any more, as with `| head`: the verdict is not told, so nothing is called well.
  process.stdout.on("error", () => process.exit(1));
  const { json, attack } = command;
  const terminal = json ? undefined : createTerminal(process.stdout);
  const report = await checkHost();
  if (terminal !== undefined) {
    printLayers(terminal, report.layers);
    terminal.line();
  }
  const { fault, ...attacks } = attack && report.ready ? await attackHost(command, terminal) : noAttack;
  const verdict = [
    verdictOf(report),
    ...(attacks.total > 0 && fault === undefined ? [successOf(attacks.probes)] : []),
    ...(fault === undefined ? [] : [`But ${fault}.`]),
  ].join(" ");
  const well = report.ready && fault === undefined;
  if (terminal === undefined) {
    const { layers, ...summary } = report;
    process.stdout.write(`${JSON.stringify({ ...summary, verdict, layers, ...attacks }, null, 2)}\n`);
  } else terminal.line(well ? terminal.bold(verdict) : terminal.bad(verdict));
  return well ? 0 : 1;
}
