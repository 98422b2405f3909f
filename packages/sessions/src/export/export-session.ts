import { entryIn } from "../branch/entry-line.ts";
import { pathTo, placesIn } from "../branch/path.ts";
import type { SessionDriver } from "../driver.ts";
import type { SessionEntry } from "../entries.ts";
import { SessionNotFoundError, SessionOptionsError } from "../errors.ts";
import type { SessionInfo } from "../info.ts";
import { checkNames } from "../option-names.ts";
import { htmlEnd, htmlHead, htmlPassage } from "./html.ts";
import { markdownHead, markdownPassage } from "./markdown.ts";
import { type Passage, passageOf } from "./passage.ts";

/** `jsonl`: all branches, as they are stored; `markdown` and `html`: the current branch, for people. */
export type ExportFormat = "jsonl" | "markdown" | "html";

export interface ExportOptions {
  readonly format: ExportFormat;
}

interface Rendering {
  head(info: SessionInfo): string;
  passage(passage: Passage): string;
  readonly end: string;
}

const RENDERINGS: Readonly<Record<string, Rendering>> = {
  markdown: { head: markdownHead, passage: markdownPassage, end: "" },
  html: { head: htmlHead, passage: htmlPassage, end: htmlEnd },
};

/** See `SessionStore.export`. */
export async function* exportSession(
  driver: SessionDriver,
  id: string,
  options: ExportOptions,
): AsyncGenerator<string> {
  checkNames("export", options, ["format"]);
  const { format } = options;
  const isJsonl = format === "jsonl";
  const rendering = isJsonl ? undefined : Object.hasOwn(RENDERINGS, format) && RENDERINGS[format];
  if (rendering === false)
    throw new SessionOptionsError(
      "format",
      `format: must be jsonl, markdown or html, not ${JSON.stringify(format)}`,
    );
  if (rendering === undefined) return yield* wholeLines(driver, id);
  const info = await driver.get(id);
  if (info === undefined) throw new SessionNotFoundError(id);
  yield rendering.head(info);
  for await (const entry of currentBranch(driver, id)) {
    const passage = passageOf(entry);
    if (passage !== undefined) yield rendering.passage(passage);
  }
  yield rendering.end;
}

async function* wholeLines(driver: SessionDriver, id: string): AsyncGenerator<string> {
  for await (const line of driver.read(id)) {
    const isEntry = entryIn(line, id) !== undefined;
    if (isEntry || line.offset === 0) yield `${line.text}\n`;
  }
}

/** From the root to the last entry, also what a compaction stands for. */
async function* currentBranch(driver: SessionDriver, id: string): AsyncGenerator<SessionEntry> {
  const path = pathTo(await placesIn(driver.read(id), id));
  for await (const line of driver.read(id)) {
    const entry = path?.has(line.offset) ? entryIn(line, id) : undefined;
    if (entry !== undefined) yield entry;
  }
}
