import type { RunEvent } from "@cloison/platform";
import { clip, printable, type Terminal } from "./terminal.ts";

const SHOWN_OUTPUT_LINES = 8;
const SHOWN_INPUT_CHARACTERS = 60;

/** Shorter waits pass unnoticed. */
const SHOWN_WAIT_MS = 1000;

/** Shows what the model says and what its tools do, as it happens. */
export interface TurnsView {
  show(event: RunEvent): void;
  /** Ends a line of streamed text, if one is open. */
  endLine(): void;
}

type ChainEvent = Extract<RunEvent, { type: "attempt" }>["event"];
type FailedAttempt = Extract<ChainEvent, { type: "failure" }>;
type ToolStart = Extract<RunEvent, { type: "tool_start" }>;
type ToolEnd = Extract<RunEvent, { type: "tool_end" }>;

interface ToolCall {
  readonly id: string;
  readonly title: string;
  readonly startedAt: number;
  end?: { readonly event: ToolEnd; readonly at: number };
}

/** Where the output stands: streamed text of one kind, or at the beginning of a line. */
type Open = "nothing" | "text" | "thinking";

export function createTurnsView(terminal: Terminal): TurnsView {
  const tools = createToolQueue(terminal);
  let open: Open = "nothing";

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
  return {
    endLine,
    show: (event) => {
      if (event.type === "text_delta") stream("text", event.text);
      else if (event.type === "thinking_delta") stream("thinking", event.text);
      else if (event.type === "tool_end") tools.end(event);
      else if (event.type === "tool_start") {
        endLine();
        tools.start(event);
      } else if (event.type === "attempt") {
        if (event.event.type === "failure") endLine();
        showDecision(terminal, event.event);
      } else if (event.type === "answer_discarded") {
        endLine();
        terminal.line(terminal.dim("  (this answer broke off and counts for nothing)"));
      }
    },
  };
}

function showDecision(terminal: Terminal, event: ChainEvent): void {
  if (event.type === "failure") showFailure(terminal, event);
  if ((event.type === "retry" || event.type === "wait") && event.delayMs >= SHOWN_WAIT_MS) {
    const seconds = Math.ceil(event.delayMs / 1000);
    terminal.line(
      terminal.dim(`  (waiting ${seconds} s for ${printable(`${event.provider}/${event.model}`)})`),
    );
  }
}

/** A model did not answer; the run goes on with another attempt, or ends with an error of its own. */
function showFailure({ line, bad, width }: Terminal, failure: FailedAttempt): void {
  const { provider, model, key = "", outcome, message = "" } = failure;
  const said = printable(message).replace(/\s+/g, " ");
  line(
    `  ${bad("✗")} ${clip(`${printable(`${provider}/${model} ${key}`).trim()}: ${outcome}, ${said}`, width - 4)}`,
  );
}

/** Tools of one turn run at the same time. They are shown in the order of their start, each with its output. */
function createToolQueue(terminal: Terminal): { start(event: ToolStart): void; end(event: ToolEnd): void } {
  const calls: ToolCall[] = [];
  return {
    start: (event) => {
      const title = printable(`${event.toolName} ${describeInput(event.input)}`);
      calls.push({ id: event.toolCallId, title, startedAt: performance.now() });
      if (calls.length === 1) showTitle(terminal, title);
    },
    end: (event) => {
      const call = calls.find(({ id }) => id === event.toolCallId);
      if (call !== undefined) call.end = { event, at: performance.now() };
      while (calls[0]?.end !== undefined) {
        showEnd(terminal, calls[0].end.event, calls[0].end.at - calls[0].startedAt);
        calls.shift();
        if (calls[0] !== undefined) showTitle(terminal, calls[0].title);
      }
    },
  };
}

function showTitle({ line, bold, width }: Terminal, title: string): void {
  line();
  line(`${bold("▸")} ${clip(title, width - 2)}`);
}

function showEnd(
  { line, dim, good, bad, width }: Terminal,
  { output, isError }: ToolEnd,
  durationMs: number,
): void {
  const lines = printable(output).trimEnd().split("\n");
  const hidden = lines.length - SHOWN_OUTPUT_LINES;
  for (const shown of lines.slice(0, SHOWN_OUTPUT_LINES)) line(dim(`  │ ${clip(shown, width - 4)}`));
  const more = hidden > 0 ? `, ${hidden} more lines` : "";
  line(`  ${isError ? bad("✗ failed") : good("✓")} ${dim(`${durationMs.toFixed(0)} ms${more}`)}`);
}

/** The arguments on one line, as JSON, so that a newline shows. Long ones are cut. */
function describeInput(input: Readonly<Record<string, unknown>>): string {
  return Object.entries(input)
    .map(([name, value]) => `${name}=${clip(JSON.stringify(value) ?? "", SHOWN_INPUT_CHARACTERS)}`)
    .join(" ");
}
