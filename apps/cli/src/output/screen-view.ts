import type { RunEvent, SandboxLayer } from "@cloison/platform";
import { describeError } from "../errors.ts";
import type { ModelChoice } from "../model-choice.ts";
import type { LeftFile } from "../run/left-files.ts";
import type { RunEnd, RunStart, RunView } from "../run/run-view.ts";
import type { SightRow } from "../sight/sight-rows.ts";
import { formatTable } from "./table.ts";
import { clip, clipStart, printable, type Terminal } from "./terminal.ts";
import { createTurnsView } from "./turns-view.ts";

const SHOWN_FILES = 3;
const SHOWN_FILE_LINES = 60;

/** Shows a run to a person, on a terminal or in a pipe. Errors go to the other terminal. */
export function createScreenView(terminal: Terminal, errors: Terminal): RunView {
  const turns = createTurnsView(terminal);
  return {
    started: (start) => showStart(terminal, start),
    event: (event: RunEvent) => {
      if (event.type === "sandbox_ready") showLayers(terminal, event.layers, event.durationMs);
      else turns.show(event);
    },
    ended: (end) => {
      turns.endLine();
      showEnd(terminal, end);
    },
    sights: (rows) => showSights(terminal, rows),
    failed: (error) => {
      turns.endLine();
      errors.line(errors.bad(printable(describeError(error))));
    },
  };
}

function showStart({ line, bold }: Terminal, start: RunStart): void {
  const files =
    start.copied === undefined
      ? "as it was left"
      : `${start.copied.files} files, ${kilobytes(start.copied.bytes)}`;
  const rows = [
    [bold("model"), describeModel(start.model)],
    [bold("files"), `a copy of ${start.title} (${files})`],
    [bold("at"), start.filesDir],
    [bold("message"), printable(start.message)],
  ];
  for (const row of formatTable(rows)) line(row);
}

function describeModel(model: ModelChoice): string {
  if (model.kind === "scripted") {
    return `scripted, because ${model.why}: a script chooses tool calls, which run for real`;
  }
  const key = model.keyVariable === undefined ? "" : `, key from ${model.keyVariable}`;
  return `${model.provider}/${model.model}${model.baseUrl === undefined ? "" : ` at ${model.baseUrl}`}${key}`;
}

function showLayers(
  { line, bold, good, bad, width }: Terminal,
  layers: readonly SandboxLayer[],
  ms: number,
): void {
  line();
  line(bold(`sandbox up in ${ms.toFixed(0)} ms`));
  const texts = formatTable(layers.map(({ name, detail }) => [name, printable(detail)]));
  layers.forEach(({ applied }, index) => {
    const text = clip(texts[index] ?? "", width - 4);
    line(`  ${applied ? good("✓") : bad("✗")} ${applied ? text : bad(`${text} — NOT APPLIED`)}`);
  });
}

function showEnd(terminal: Terminal, { result, durationMs, left }: RunEnd): void {
  const { line, bold } = terminal;
  const { input, output, cacheRead, costUsd } = result.usage;
  const cached = cacheRead > 0 ? ` (and ${cacheRead} from the cache)` : "";
  const price = costUsd > 0 ? `, $${costUsd.toFixed(4)}` : "";
  line();
  line(
    `${bold("tokens")}  ${input} in${cached}, ${output} out${price}; ${(durationMs / 1000).toFixed(1)} s in all`,
  );
  line(`${bold("session")} ${result.sessionId}`);
  for (const file of left.slice(0, SHOWN_FILES)) showFile(terminal, file);
  if (left.length > SHOWN_FILES) line(`and ${left.length - SHOWN_FILES} more files`);
}

function showFile({ line, bold, dim, width }: Terminal, { path, bytes, text }: LeftFile): void {
  line();
  line(`${bold(printable(path))} ${dim(`${bytes} bytes, left in the workspace`)}`);
  if (text === undefined) return;
  const lines = printable(text).trimEnd().split("\n");
  for (const shown of lines.slice(0, SHOWN_FILE_LINES)) line(`  ${clip(shown, width - 2)}`);
  if (lines.length > SHOWN_FILE_LINES) line(dim(`  … ${lines.length - SHOWN_FILE_LINES} more lines`));
}

function showSights({ line, bold, good, bad, width }: Terminal, rows: readonly SightRow[]): void {
  line();
  line(bold("What the agent could see, measured by one program inside a sandbox and on the host"));
  const cells = rows.map(({ what, host, inside }) => [
    clipStart(printable(what), 34),
    clip(printable(host), 18),
    printable(inside),
  ]);
  const texts = formatTable([["", "on the host", "inside"], ...cells]);
  line(`    ${texts[0]}`);
  rows.forEach(({ kept }, index) => {
    line(`  ${kept ? good("✓") : bad("✗")} ${clip(texts[index + 1] ?? "", width - 4)}`);
  });
}

function kilobytes(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
