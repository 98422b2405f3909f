import { readSync } from "node:fs";
import { readDefinition } from "../../tool-definitions.ts";
import { ToolError } from "../errors.ts";
import { looksBinary, withFile } from "../open-file.ts";
import { resolvePath, shownPath } from "../paths.ts";
import { keepFirstLines, maxOutputBytes, maxOutputLines } from "../text-limit.ts";
import { defineTool } from "../tool.ts";

const chunkBytes = 64 * 1024;
/** How far past the shown lines to count, so that the note can say how many there are. */
const maxScannedBytes = 64 * 1024 * 1024;
const newline = 0x0a;

interface Span {
  readonly bytes: Buffer;
  /** Lines in the file, or undefined when it is too long to count them. */
  readonly totalLines: number | undefined;
}

/** Collects the bytes of the wanted lines, a little more than can be shown, and counts the file's lines. */
class LineScanner {
  readonly #offset: number;
  readonly #kept: Buffer[] = [];
  #keptBytes = 0;
  #line = 1;
  #endsInNewline = true;

  constructor(offset: number) {
    this.#offset = offset;
  }

  get lines(): number {
    return this.#endsInNewline ? this.#line - 1 : this.#line;
  }

  get kept(): Buffer {
    return Buffer.concat(this.#kept);
  }

  push(chunk: Buffer): void {
    let start = this.#line >= this.#offset ? 0 : -1;
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, at + 1)) {
      this.#line++;
      if (start === -1 && this.#line === this.#offset) start = at + 1;
    }
    this.#endsInNewline = chunk.at(-1) === newline;
    if (start === -1 || this.#keptBytes > maxOutputBytes) return;
    const wanted = Buffer.from(chunk.subarray(start));
    this.#kept.push(wanted);
    this.#keptBytes += wanted.length;
  }
}

function scan(path: string, offset: number): Span {
  return withFile(path, "read", (descriptor, size) => {
    const chunk = Buffer.allocUnsafe(chunkBytes);
    const scanner = new LineScanner(offset);
    for (let scanned = 0; scanned < maxScannedBytes; ) {
      const count = readSync(descriptor, chunk, 0, chunkBytes, null);
      if (count === 0) return { bytes: scanner.kept, totalLines: scanner.lines };
      const bytes = chunk.subarray(0, count);
      if (scanned === 0 && looksBinary(bytes)) {
        throw new ToolError(`${shownPath(path)} is a binary file of ${size} bytes: use bash to look at it.`);
      }
      scanner.push(bytes);
      scanned += count;
    }
    return { bytes: scanner.kept, totalLines: undefined };
  });
}

function note(shown: { first: number; last: number; total: number | undefined; cutLine: boolean }): string {
  const { first, last, total, cutLine } = shown;
  const of = total === undefined ? "" : ` of ${total}`;
  const next = total !== undefined && last >= total ? "" : ` Read on with offset ${last + 1}.`;
  if (cutLine) {
    return `\n\n[Line ${first}${of} is longer than 50 KB and was cut; bash with cut or head shows more of it.${next}]`;
  }
  return next === "" ? "" : `\n\n[Lines ${first} to ${last}${of}.${next}]`;
}

/** `read`: a text file or a part of it, from the start of a line. */
export const readTool = defineTool(readDefinition, ({ path, offset = 1, limit = maxOutputLines }) => {
  const { bytes, totalLines } = scan(resolvePath(path), offset);
  if (totalLines === 0) return "(empty file)";
  if (totalLines !== undefined && offset > totalLines) {
    throw new ToolError(
      `Line ${offset} is past the end: ${shownPath(resolvePath(path))} has ${totalLines} lines.`,
    );
  }
  const lines = bytes.toString("utf8").split("\n");
  if (lines.at(-1) === "") lines.pop();
  if (lines.length === 0) {
    throw new ToolError(
      `Line ${offset} is over 64 MB into the file: use bash, such as sed -n "${offset},+99p".`,
    );
  }
  const kept = keepFirstLines(lines.slice(0, limit));
  const last = offset + kept.lines - 1;
  const cutLine = kept.cut && kept.lines === 1 && Buffer.byteLength(lines[0] ?? "") >= maxOutputBytes;
  return kept.text + note({ first: offset, last, total: totalLines, cutLine });
});
