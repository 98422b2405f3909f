import type { Probe, ProbeResult } from "../attacks/index.ts";
import { onOneLine } from "./one-line.ts";
import type { Terminal } from "./terminal.ts";

const widths = { as: "root".length, outcome: "escaped".length, control: "succeeded".length } as const;
/** Of the text that columns and the space between them leave. */
const leastDetail = 20;

/** Prints probes as they end: those of one area and one user together, when the last of them has ended. */
export function createAttackTable(terminal: Terminal, corpus: readonly Probe[]) {
  const areas = new Map(corpus.map(({ id, area }) => [id, area]));
  const idWidth = Math.max(...corpus.map(({ id }) => id.length));
  const groups = new Map<string, ProbeResult[]>();
  let ended = 0;

  function row({ id, as, outcome, control, detail }: ProbeResult): string {
    const outcomeColour = { held: terminal.good, skipped: terminal.fair, escaped: terminal.bad }[outcome];
    const controlColour = { succeeded: terminal.good, skipped: terminal.fair, failed: terminal.bad }[control];
    const taken = idWidth + widths.as + widths.outcome + widths.control + 10;
    const left = terminal.width === undefined ? undefined : Math.max(leastDetail, terminal.width - taken);
    const cells = [
      id.padEnd(idWidth),
      as.padEnd(widths.as),
      outcomeColour(outcome.padEnd(widths.outcome)),
      controlColour(control.padEnd(widths.control)),
      onOneLine(detail, left),
    ];
    return `  ${cells.join("  ")}`.trimEnd();
  }

  return {
    add(result: ProbeResult): void {
      const area = areas.get(result.id) ?? "";
      const title = `${area}, as ${result.as}`;
      const group = groups.get(title) ?? [];
      groups.set(title, group);
      group.push(result);
      ended++;
      if (group.length === corpus.filter((probe) => probe.area === area).length) {
        terminal.line(terminal.bold(title));
        for (const each of group) terminal.line(row(each));
      }
      terminal.passing(`${ended} attacks have ended`);
    },
  };
}

/** One line for each user: how its probes ended. */
export function totalsOf(probes: readonly ProbeResult[]): string[] {
  const users = [...new Set(probes.map(({ as }) => as))];
  return users.map((as) => {
    const own = probes.filter((probe) => probe.as === as);
    const count = (outcome: ProbeResult["outcome"]) =>
      own.filter((probe) => probe.outcome === outcome).length;
    const failed = own.filter(({ control }) => control === "failed").length;
    return `as ${as}: ${own.length} attacks, ${count("held")} held, ${count("escaped")} escaped, ${count("skipped")} skipped; ${failed} controls failed`;
  });
}
