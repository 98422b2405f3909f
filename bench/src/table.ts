import type { Row } from "./row.ts";

const widths = [32, 11, 9, 5, 36, 6] as const;

function line(cells: readonly string[]): string {
  return cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join(" ")
    .trimEnd();
}

export function printHead(): void {
  console.log(line(["what", "p50", "p95", "n", "against", "ratio", "budget"]));
}

/** A line for the row, and one more for each further peer. */
export function printRow(row: Row): void {
  const peers = [
    ...Object.entries(row.against).map(([peer, { p50, ratio }]) => [
      `${peer} ${p50} ${row.unit}`,
      String(ratio),
    ]),
    ...Object.entries(row.without).map(([peer, why]) => [`${peer} skipped: ${why}`, ""]),
  ];
  const own = [row.name, `${row.p50} ${row.unit}`, String(row.p95), String(row.n)];
  console.log(line([...own, ...(peers[0] ?? ["", ""]), budgetOf(row)]));
  for (const peer of peers.slice(1)) console.log(line(["", "", "", "", ...peer]));
}

function budgetOf({ budget }: Row): string {
  if (budget === undefined) return "";
  return `${budget.held ? "held" : "MISSED"}: ${budget.of} ${budget.measured} of ${budget.limit}`;
}
