/** One TODO comment, as the grep tool reported it. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  /** What the comment asks for, without the comment marks. */
  readonly text: string;
  /** The line of source as printed. */
  readonly source: string;
}

/** Finds TODO where a comment begins or goes on: after `//`, `#`, `*`, `<!--` and the like, not in a name or a string. */
export const TODO_PATTERN = String.raw`(//|#|/?\*|<!--|--|;).*\bTODO\b`;

/** Reads what the grep tool printed, `path:line: text` a match; other lines (notes, context) are passed over. */
export function parseFindings(output: string): Finding[] {
  return output.split("\n").flatMap((printed) => {
    const [, file, line, source] = /^(.+?):(\d+): ?(.*)$/.exec(printed) ?? [];
    if (file === undefined || line === undefined || source === undefined) return [];
    return [{ file, line: Number(line), text: wordsAfterTodo(source), source: source.trim() }];
  });
}

/** Whether the tool said that it cut its output. */
export function isCut(output: string): boolean {
  return output.split("\n").some((line) => /^\[.*\]$/.test(line.trim()));
}

/** The files in the order of their number of findings, most first. */
export function byFile(findings: readonly Finding[]): [file: string, findings: Finding[]][] {
  const groups = Map.groupBy(findings, ({ file }) => file);
  return [...groups].sort(([a, inA], [b, inB]) => inB.length - inA.length || a.localeCompare(b));
}

/** The first line of code after a TODO comment, from the text of its file. */
export function codeAfter(finding: Finding, fileText: string): string | undefined {
  const lines = fileText.split("\n").map((line) => line.trim());
  const at = lines.findIndex((line) => line.includes(finding.source));
  if (at < 0) return undefined;
  return lines.slice(at + 1).find((line) => line !== "" && !/^(\/\/|\/?\*|#)/.test(line));
}

function wordsAfterTodo(source: string): string {
  const words = source.replace(/^.*?\bTODO\b[\s:,.-]*/, "").replace(/\s*(\*\/|-->)\s*$/, "");
  return words.trim() || "(no text)";
}
