import type { RunEvent } from "@cloison/platform";
import { clip, printable, type Terminal } from "./terminal.ts";

const SHOWN_OUTPUT_LINES = 8;

/** Shows what the model says and what its tools do, as it happens. */
export interface TurnsView {
  show(event: RunEvent): void;
  /** Ends a line of streamed text, if one is open. */
  endLine(): void;
}

type ToolStart = Extract<RunEvent, { type: "tool_start" }>;
type ToolEnd = Extract<RunEvent, { type: "tool_end" }>;

/** Where the output stands: streamed text of one kind, or at the beginning of a line. */
type Open = "nothing" | "text" | "thinking";

export function createTurnsView(terminal: Terminal): TurnsView {
  const running = new Map<string, { title: string; since: number }>();
  let open: Open = "nothing";
  let last = "";

  const endLine = () => {
    if (open !== "nothing") terminal.line();
    open = "nothing";
  };
  const stream = (kind: Open, text: string) => {
    if (open !== kind) {
      endLine();
      terminal.line();
      open = kind;
    }
    terminal.write(kind === "thinking" ? terminal.dim(printable(text)) : printable(text));
  };
  const startTool = ({ toolCallId, toolName, input }: ToolStart) => {
    endLine();
    const title = printable(`${toolName} ${describeInput(input)}`);
    running.set(toolCallId, { title, since: performance.now() });
    last = toolCallId;
    terminal.line();
    terminal.line(`${terminal.bold("▸")} ${clip(title, terminal.width - 2)}`);
  };
  const endTool = (event: ToolEnd) => {
    endLine();
    const { title = event.toolName, since } = running.get(event.toolCallId) ?? {};
    running.delete(event.toolCallId);
    // tools of one turn may run at the same time: say again whose output this is
    if (last !== event.toolCallId) terminal.line(`${terminal.bold("▸")} ${clip(title, terminal.width - 2)}`);
    last = event.toolCallId;
    showOutput(terminal, event, since === undefined ? 0 : performance.now() - since);
  };
  return {
    endLine,
    show: (event) => {
      if (event.type === "text_delta") stream("text", event.text);
      else if (event.type === "thinking_delta") stream("thinking", event.text);
      else if (event.type === "tool_start") startTool(event);
      else if (event.type === "tool_end") endTool(event);
    },
  };
}

function showOutput(
  { line, dim, good, bad, width }: Terminal,
  { output, isError }: ToolEnd,
  ms: number,
): void {
  const lines = printable(output).trimEnd().split("\n");
  const hidden = lines.length - SHOWN_OUTPUT_LINES;
  for (const shown of lines.slice(0, SHOWN_OUTPUT_LINES)) line(dim(`  │ ${clip(shown, width - 4)}`));
  const more = hidden > 0 ? `, ${hidden} more lines` : "";
  line(`  ${isError ? bad("✗ failed") : good("✓")} ${dim(`${ms.toFixed(0)} ms${more}`)}`);
}

/** The arguments on one line: texts as JSON, so that a newline shows; long ones are cut in the middle of the line. */
function describeInput(input: Readonly<Record<string, unknown>>): string {
  return Object.entries(input)
    .map(([name, value]) => `${name}=${clip(JSON.stringify(value) ?? "", 60)}`)
    .join(" ");
}
