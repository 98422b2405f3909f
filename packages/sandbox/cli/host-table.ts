import type { HostLayer, HostReport } from "#sandbox";
import type { Terminal } from "./terminal.ts";

const stateWidth = "limited".length;

function colourOf(terminal: Terminal, state: HostLayer["state"]): (text: string) => string {
  return { ok: terminal.good, limited: terminal.fair, missing: terminal.bad }[state];
}

/** One line a layer, and below a lack what to do about it. */
export function printLayers(terminal: Terminal, layers: readonly HostLayer[]): void {
  const nameWidth = Math.max(...layers.map(({ name }) => name.length));
  for (const { name, state, detail, fix } of layers) {
    const colour = colourOf(terminal, state);
    terminal.line(`${name.padEnd(nameWidth)}  ${colour(state.padEnd(stateWidth))}  ${detail}`);
    const indent = " ".repeat(nameWidth + 2);
    if (fix !== undefined)
      for (const line of fix.split("\n")) terminal.line(line === "" ? "" : `${indent}${line}`);
  }
}

/** The last word about a host. */
export function verdictOf({ ready, bestEffortOnly }: HostReport): string {
  if (!ready) return "No sandbox runs here: see what is missing above.";
  return bestEffortOnly
    ? 'Sandboxes run here only with enforce: "best-effort": no cgroup holds their limits.'
    : "Sandboxes run here, with every layer and limit that is required by default.";
}
