import { closeSync, mkdtempSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { TailBuffer } from "./tail-buffer.ts";
import { plainText } from "./terminal-text.ts";
import { keepLastLines, maxOutputBytes } from "./text-limit.ts";

/** Held of the end: escape sequences are cut out later, so more than is shown. */
const heldBytes = 4 * maxOutputBytes;
/** Most that is written of an output too long to show. It may be memory: /tmp of a sandbox is a tmpfs. */
const maxFileBytes = 8 * 1024 * 1024;

let outputDirectory: string | undefined;
let outputFiles = 0;

/** The start of an output that is too long to show, in a file that the model can read. */
class OutputFile {
  readonly path: string;
  readonly #descriptor: number;
  #bytes = 0;

  constructor() {
    outputDirectory ??= mkdtempSync("/tmp/bash-output-");
    this.path = join(outputDirectory, `${++outputFiles}.txt`);
    this.#descriptor = openSync(this.path, "wx");
  }

  get full(): boolean {
    return this.#bytes >= maxFileBytes;
  }

  append(chunk: Buffer): void {
    const wanted = chunk.subarray(0, maxFileBytes - this.#bytes);
    if (wanted.length > 0) this.#bytes += writeSync(this.#descriptor, wanted);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** Takes an endless output in bounded memory: keeps its end, and its start in a file. */
export class OutputCollector {
  readonly #end = new TailBuffer(heldBytes);
  #total = 0;
  #file: OutputFile | undefined;
  #fileFailed = false;

  push(chunk: Buffer): void {
    this.#total += chunk.length;
    if (this.#total <= maxOutputBytes) {
      this.#end.push(chunk);
      return;
    }
    this.#save((file) => file.append(chunk));
    this.#end.push(chunk);
  }

  /** The end as plain text, at most `maxChars` UTF-16 code units. */
  tail(maxChars: number): string {
    // No character has more than 4 bytes, and escape sequences may take some of the room.
    const bytes = this.#end.bytes.subarray(-4 * maxChars);
    return plainText(bytes.toString("utf8")).slice(-maxChars);
  }

  /** Closes the file. Returns what there is to show, with a note of what was cut; empty for no output. */
  finish(): string {
    const text = plainText(this.#end.bytes.toString("utf8")).replace(/\n+$/, "");
    const kept = keepLastLines(text.split("\n"));
    if (kept.cut && this.#file === undefined) this.#save(() => undefined);
    this.#file?.close();
    return kept.text + (kept.cut || this.#file !== undefined ? this.#note() : "");
  }

  #save(write: (file: OutputFile) => void): void {
    if (this.#fileFailed) return;
    try {
      if (this.#file === undefined) {
        this.#file = new OutputFile();
        this.#file.append(this.#end.bytes);
      }
      write(this.#file);
    } catch {
      // A full or read-only /tmp must not fail the command; the note then names no file.
      this.#fileFailed = true;
    }
  }

  #note(): string {
    const cut = `Only the end of ${this.#total} bytes of output is shown`;
    if (this.#file === undefined || this.#fileFailed)
      return `\n\n[${cut}. Send it to a file to read the rest.]`;
    return `\n\n[${cut}. ${this.#file.full ? "Its first 8 MB are" : "All of it is"} in ${this.#file.path}.]`;
  }
}
