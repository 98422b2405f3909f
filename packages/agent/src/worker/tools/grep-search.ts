import { maxOutputLines } from "../text-limit.ts";

/** Longest part of a line that is shown. */
const maxLineChars = 500;

/** A file to search. */
export interface FileText {
  /** As it is shown. */
  readonly path: string;
  readonly text: string;
  /** The text is only the start of the file. */
  readonly cut: boolean;
}

/** A search under way. It can be stopped at any instant in `run` and resumed after the file it was at. */
export interface Search {
  /** Searches the files of a batch from an index on. */
  run(batch: readonly FileText[], from: number): void;
  /** Index of the file that `run` is at. */
  readonly position: number;
  readonly lines: readonly string[];
  readonly matches: number;
  /** There are more matches than the limit allows. */
  readonly more: boolean;
  /** Files that were only searched in part because of their size. */
  readonly cut: readonly string[];
  /** Files that the expression was too slow for; the caller keeps this list. */
  readonly slow: string[];
}

interface SearchOptions {
  readonly expression: RegExp;
  /** Lines to show before and after a match. */
  readonly context: number;
  /** Most matches. */
  readonly limit: number;
}

function shownLine(line: string): string {
  return line.length <= maxLineChars ? line : `${line.slice(0, maxLineChars)}… [line cut]`;
}

/** The lines of a file to print: `path:12: text` for a match, `path-11- text` around it. */
function format(path: string, lines: readonly string[], found: readonly number[], context: number): string[] {
  const matched = new Set(found);
  const printed: string[] = [];
  let done = -1;
  for (const hit of found) {
    const from = Math.max(hit - context, done + 1);
    if (context > 0 && done !== -1 && from > done + 1) printed.push("--");
    done = Math.max(done, Math.min(hit + context, lines.length - 1));
    // One more than can be shown: the rest would only fill the heap.
    for (let index = from; index <= done && printed.length <= maxOutputLines; index++) {
      const mark = matched.has(index) ? ":" : "-";
      printed.push(`${path}${mark}${index + 1}${mark} ${shownLine(lines[index] ?? "")}`);
    }
  }
  return printed;
}

/** A search that has not begun. */
export function createSearch({ expression, context, limit }: SearchOptions): Search {
  const state = {
    position: 0,
    lines: [] as string[],
    matches: 0,
    more: false,
    cut: [] as string[],
    slow: [] as string[],
    run(batch: readonly FileText[], from: number): void {
      for (let index = from; index < batch.length && !state.more; index++) {
        state.position = index;
        const file = batch[index];
        if (file !== undefined) searchFile(file);
      }
    },
  };
  function searchFile({ path, text, cut }: FileText): void {
    const lines = text.split(text.includes("\r\n") ? /\r?\n/ : "\n");
    if (lines.at(-1) === "") lines.pop();
    const found: number[] = [];
    for (let index = 0; index < lines.length; index++) {
      if (!expression.test(lines[index] ?? "")) continue;
      if (state.matches + found.length === limit) {
        state.more = true;
        break;
      }
      found.push(index);
    }
    state.matches += found.length;
    for (const line of format(path, lines, found, context)) state.lines.push(line);
    if (state.lines.length > maxOutputLines) state.more = true;
    if (cut) state.cut.push(path);
  }
  return state;
}
