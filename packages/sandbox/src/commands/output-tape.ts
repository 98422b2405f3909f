import type { Buffer } from "node:buffer";
import type { Readable } from "node:stream";
import { type ByteLog, createByteLog } from "./byte-log.ts";
import { createTapeReader, type TapeReader } from "./tape-reader.ts";

export interface TapeOptions {
  /** Bytes at the end that are kept whoever has read them. */
  readonly keepBytes: number;
  /** Whether the stream waits for its slowest reader; else that one loses what it has not read. */
  readonly holdBack: boolean;
}

/** An output stream of a command, as any number of readers see it. */
export interface OutputTape {
  readonly log: Pick<ByteLog, "start" | "pieceAt">;
  /** Whether nothing more will come. */
  readonly ended: boolean;
  /** Whether it waits for a reader. */
  readonly heldBack: boolean;
  /** A stream from the oldest kept byte on. What waits for readers waits for the first one to be opened. */
  open(): TapeReader;
  /** Called when there is more, or an end; holds nothing back. Returns what ends it. */
  watch(listener: () => void): () => void;
}

class Tape implements OutputTape {
  readonly log = createByteLog();
  ended = false;
  heldBack = false;
  readonly #readers = new Set<TapeReader>();
  readonly #watchers = new Set<() => void>();
  readonly #source: Readable;
  readonly #options: TapeOptions;
  /** The first reader gets all there was, however early that came. */
  #opened = false;

  constructor(source: Readable, options: TapeOptions) {
    this.#source = source;
    this.#options = options;
    source.on("data", (chunk: Buffer) => {
      this.log.append(chunk);
      this.#tell();
    });
    source.once("end", () => this.#finish());
    source.once("close", () => this.#finish());
  }

  open(): TapeReader {
    this.#opened = true;
    const reader = createTapeReader(this, {
      onTaken: () => this.#settle(),
      onClosed: () => this.#close(reader),
    });
    this.#readers.add(reader);
    return reader;
  }

  watch(listener: () => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  /** Position up to which nobody is waited for. */
  #needed(): number {
    if (!this.#options.holdBack) return this.log.end;
    let needed = this.#opened ? this.log.end : 0;
    for (const { position } of this.#readers) needed = Math.min(needed, position());
    return needed;
  }

  /** Forgets what nobody needs, and has the source wait for who needs some of it still. */
  #settle(): void {
    const { log } = this;
    const needed = this.#needed();
    log.dropBefore(Math.min(log.end - this.#options.keepBytes, needed));
    const waits = !this.ended && needed < log.end;
    if (waits === this.heldBack) return;
    this.heldBack = waits;
    if (waits) this.#source.pause();
    else this.#source.resume();
  }

  #tell(): void {
    for (const { take } of this.#readers) take();
    for (const watcher of this.#watchers) watcher();
    this.#settle();
  }

  #finish(): void {
    if (this.ended) return;
    this.ended = true;
    this.#tell();
  }

  #close(reader: TapeReader): void {
    this.#readers.delete(reader);
    // The host has closed its end: so is the command's, which gets SIGPIPE.
    if (this.#options.holdBack && this.#readers.size === 0 && !this.ended) this.#source.destroy();
    else this.#settle();
  }
}

/** To be called in the turn that starts the process: Node throws away what nobody listens for by its exit. */
export function createOutputTape(source: Readable, options: TapeOptions): OutputTape {
  return new Tape(source, options);
}
