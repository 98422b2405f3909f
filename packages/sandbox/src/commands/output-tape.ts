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

/** To be called in the turn that starts the process: Node throws away what nobody listens for by its exit. */
export function createOutputTape(source: Readable, { keepBytes, holdBack }: TapeOptions): OutputTape {
  const log = createByteLog();
  const readers = new Set<TapeReader>();
  const watchers = new Set<() => void>();
  let ended = false;
  let heldBack = false;
  let opened = false; // the first reader gets all there was, however early that came

  /** Forgets what nobody needs, and has the source wait for who needs some of it still. */
  function settle(): void {
    let needed = opened || !holdBack ? log.end : 0;
    if (holdBack) for (const { position } of readers) needed = Math.min(needed, position());
    log.dropBefore(Math.min(log.end - keepBytes, needed));
    const waits = !ended && needed < log.end;
    if (waits === heldBack) return;
    heldBack = waits;
    if (waits) source.pause();
    else source.resume();
  }

  function tell(): void {
    for (const { take } of readers) take();
    for (const watcher of watchers) watcher();
    settle();
  }

  function finish(): void {
    if (ended) return;
    ended = true;
    tell();
  }

  function open(): TapeReader {
    opened = true;
    const reader = createTapeReader(tape, {
      onTaken: settle,
      onClosed() {
        readers.delete(reader);
        // The host has closed its end: so is the command's, which gets SIGPIPE.
        if (holdBack && readers.size === 0 && !ended) source.destroy();
        else settle();
      },
    });
    readers.add(reader);
    return reader;
  }

  source.on("data", (chunk: Buffer) => {
    log.append(chunk);
    tell();
  });
  source.once("end", finish);
  source.once("close", finish);

  const tape: OutputTape = {
    log,
    get ended() {
      return ended;
    },
    get heldBack() {
      return heldBack;
    },
    open,
    watch(listener) {
      watchers.add(listener);
      return () => watchers.delete(listener);
    },
  };
  return tape;
}
