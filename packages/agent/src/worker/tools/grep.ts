import { type Stats, statSync } from "node:fs";
import { grepDefinition } from "../../tool-definitions.ts";
import { callBounded } from "../bounded-call.ts";
import { ToolError } from "../errors.ts";
import { compileGlob, type GlobMatcher } from "../glob.ts";
import { looksBinary, readFully, withFile } from "../open-file.ts";
import { onPath, resolvePath, shownPath } from "../paths.ts";
import { keepFirstLines } from "../text-limit.ts";
import { defineTool } from "../tool.ts";
import { walk } from "../walk.ts";
import { createWorkBudget, type WorkBudget } from "../work-budget.ts";
import { createSearch, type FileText, type Search } from "./grep-search.ts";

const maxMs = 30_000;
/** Only this much of a file is searched. */
const maxFileBytes = 8 * 1024 * 1024;
/** Files are searched together up to this size: stopping a search costs a thread each time. */
const batchChars = 1024 * 1024;
const batchFiles = 64;
/** After as many files that the expression was too slow for, the next will be no better. */
const maxSlowFiles = 3;

function compilePattern(pattern: string, options: { literal: boolean; ignoreCase: boolean }): RegExp {
  // Ripgrep and Python know (?i); JavaScript has a flag for it.
  const inline = !options.literal && pattern.startsWith("(?i)");
  const source = options.literal
    ? pattern.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")
    : pattern.slice(inline ? 4 : 0);
  try {
    return new RegExp(source, options.ignoreCase || inline ? "i" : "");
  } catch (error) {
    const reason = error instanceof Error ? error.message : "";
    throw new ToolError(`${reason}. Set literal to search for plain text.`, { cause: error });
  }
}

function readText(path: string): { text: string; cut: boolean } | undefined {
  return withFile(path, "search", (descriptor, size) => {
    const buffer = Buffer.allocUnsafe(Math.min(size, maxFileBytes));
    const bytes = buffer.subarray(0, readFully(descriptor, buffer));
    return looksBinary(bytes) ? undefined : { text: bytes.toString("utf8"), cut: size > maxFileBytes };
  });
}

/** A file of a walk may vanish or be unreadable: then it has nothing to search. */
function readFound(path: string): FileText | undefined {
  try {
    const read = readText(path);
    return read && { path: shownPath(path), ...read };
  } catch (error) {
    if (error instanceof ToolError) return undefined;
    throw error;
  }
}

function* filesBelow(
  root: string,
  stat: Stats,
  matches: GlobMatcher | undefined,
): Generator<string | undefined> {
  if (!stat.isDirectory()) {
    yield root;
    return;
  }
  for (const entry of walk(root)) {
    yield entry.kind === "file" && (matches?.(entry.below) ?? true) ? entry.path : undefined;
  }
}

function searchBatch(search: Search, batch: FileText[]): void {
  for (let at = 0; at < batch.length; ) {
    if (callBounded(() => search.run(batch, at))) return;
    // It was cut off in the middle of this file.
    at = search.position + 1;
    search.slow.push(batch[search.position]?.path ?? "");
    if (search.slow.length === maxSlowFiles) return;
  }
}

async function searchFiles(
  search: Search,
  files: Iterable<string | undefined>,
  budget: WorkBudget,
): Promise<void> {
  let batch: FileText[] = [];
  let chars = 0;
  const flush = () => {
    searchBatch(search, batch);
    batch = [];
    chars = 0;
  };
  for (const path of files) {
    await budget.step();
    const file = path === undefined ? undefined : readFound(path);
    if (file !== undefined) {
      batch.push(file);
      chars += file.text.length;
    }
    if (chars >= batchChars || batch.length === batchFiles) flush();
    if (budget.exhausted || search.more || search.slow.length === maxSlowFiles) return;
  }
  flush();
}

function report(search: Search, exhausted: boolean): string {
  const kept = keepFirstLines(search.lines);
  const notes: string[] = [];
  if (search.more) notes.push(`Only the first ${search.matches} matches. Narrow the pattern or raise limit.`);
  if (kept.cut) notes.push("Output cut at its limit. Narrow the pattern, the path or the glob.");
  if (exhausted) notes.push(`Stopped after ${maxMs / 1000} s. Narrow the path or the glob.`);
  if (search.slow.length > 0) {
    notes.push(`The pattern takes too long on ${search.slow.join(", ")}: make it simpler.`);
    if (search.slow.length === maxSlowFiles) notes.push("The search was given up there.");
  }
  if (search.cut.length > 0) {
    notes.push(`Only the first 8 MB were searched of ${search.cut.slice(0, 10).join(", ")}.`);
  }
  const text = search.matches === 0 ? "No matches found." : kept.text;
  return notes.length === 0 ? text : `${text}\n\n[${notes.join(" ")}]`;
}

/** `grep`: lines that match a regular expression, in a file or below a directory. */
export const grepTool = defineTool(grepDefinition, async (args, { signal }) => {
  const { pattern, path = ".", glob, ignoreCase = false, literal = false, context = 0, limit = 100 } = args;
  const root = resolvePath(path);
  const expression = compilePattern(pattern, { literal, ignoreCase });
  const matches = glob === undefined ? undefined : compileGlob(glob);
  const stat = onPath(root, "search", () => statSync(root));
  const search = createSearch({ expression, context, limit });
  const budget = createWorkBudget(maxMs, signal);
  // Of a single named file the reason why it cannot be read is worth an error.
  if (!stat.isDirectory() && readText(root) === undefined) return "No matches found: it is a binary file.";
  await searchFiles(search, filesBelow(root, stat, matches), budget);
  return report(search, budget.exhausted);
});
