import { Readable } from "node:stream";
import type { PtyListener } from "./types.ts";

/**
 * Bytes that are kept for a late reader of a command that has ended. More than all buffers on the way hold, so only a
 * process that was left behind can write what is lost.
 */
const maxKeptBytes = 2 ** 20;

export interface TerminalOutput {
  onData(listener: PtyListener): () => void;
  stream(): Readable;
  /** Reads what is still to come whether anybody wants it or not; for a command that has ended. */
  finish(): void;
  /** Resolves when all was read and every listener has had it. */
  readonly delivered: Promise<void>;
}

/**
 * Hands a terminal's output to its readers, at the pace of the slowest; while there is none, the source waits.
 *
 * @param onThrow gets what a listener has thrown or rejected with; it is not called again
 */
export function createTerminalOutput(source: Readable, onThrow: (error: unknown) => void): TerminalOutput {
  const listeners = new Set<PtyListener>();
  const waiting: Buffer[] = [];
  let waitingBytes = 0;
  let delivering = false;
  let finishing = false;
  let ended = false;
  let releaseStream = () => {};
  let stream: Readable | undefined;
  let tellDelivered = () => {};
  const delivered = new Promise<void>((resolve) => {
    tellDelivered = resolve;
  });

  function hand(listener: PtyListener, chunk: Buffer): unknown {
    const drop = (error: unknown) => {
      if (listeners.delete(listener)) onThrow(error);
    };
    try {
      const result = listener(chunk);
      return result instanceof Promise ? result.catch(drop) : undefined;
    } catch (error) {
      return void drop(error);
    }
  }

  async function deliver(): Promise<void> {
    if (delivering) return;
    delivering = true;
    for (let chunk = waiting[0]; chunk !== undefined && listeners.size > 0; chunk = waiting[0]) {
      waiting.shift();
      waitingBytes -= chunk.length;
      const given = chunk;
      const pending = [...listeners].map((each) => hand(each, given)).filter((each) => each !== undefined);
      if (pending.length === 0) continue;
      source.pause();
      await Promise.all(pending);
    }
    delivering = false;
    if (finishing || (listeners.size > 0 && waiting.length === 0)) source.resume();
    else source.pause();
    if (ended && (waiting.length === 0 || listeners.size === 0)) end();
  }

  function end(): void {
    tellDelivered();
    if (waiting.length === 0) stream?.push(null);
  }

  source.pause();
  source.on("data", (chunk: Buffer) => {
    if (waitingBytes < maxKeptBytes) {
      waiting.push(chunk);
      waitingBytes += chunk.length;
    }
    void deliver();
  });
  // Also where it breaks, or its sandbox ends: no more will come.
  source.once("close", () => {
    ended = true;
    void deliver();
  });

  function onData(listener: PtyListener): () => void {
    const own: PtyListener = (chunk) => listener(chunk); // the same one may be given twice
    listeners.add(own);
    void deliver();
    return () => {
      listeners.delete(own);
      void deliver();
    };
  }

  function makeStream(): Readable {
    const made = new Readable({ read: () => releaseStream() });
    stream = made;
    const stop = onData((chunk) =>
      made.push(chunk) || finishing
        ? undefined
        : new Promise<void>((resolve) => {
            releaseStream = resolve;
          }),
    );
    made.once("close", () => {
      releaseStream();
      stop();
    });
    return made;
  }

  return {
    onData,
    stream: () => stream ?? makeStream(),
    finish() {
      finishing = true;
      releaseStream();
      source.resume();
    },
    delivered,
  };
}
