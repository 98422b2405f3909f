import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import { type Ask, answerBytes, answers, encodeAsk, frameBytes } from "./protocol.ts";

/** What becomes of one request. After `end`, `error` or `gone` nothing more comes. */
export interface Listener {
  status?(payload: Buffer): void;
  data?(bytes: Buffer): void;
  credit?(bytes: number): void;
  end(value: bigint): void;
  /** The number of an errno, and the mode of what is neither a regular file nor a directory. */
  error(errno: number, mode: number): void;
  /** The attendant has ended before it answered. */
  gone(): void;
}

/** A line to a living attendant. */
export interface Connection {
  /** Sends a request; its identifier is what {@link Connection.tell} takes. */
  ask(ask: Ask, listener: Listener): number;
  /** Sends more of a request: data, credit, or that it is called off. */
  tell(id: number, ask: Ask): void;
  /** Answers of this request are not listened to any more. */
  forget(id: number): void;
  /** Calls once when nothing more can be asked, at once where that is so now; returns what calls it off. */
  onOver(call: () => void): () => void;
  /** Resolves when nothing more can be asked; before that is told to those who wait for an answer. */
  readonly over: Promise<void>;
  /** Resolves when its process is gone. */
  readonly closed: Promise<void>;
}

/** What waits to be sent is bounded by the credit of each writer. */
export function createConnection(line: Duplex, closed: Promise<void>): Connection {
  const listeners = new Map<number, Listener>();
  const watchers = new Set<() => void>();
  let next = 1;
  let over = false;
  const overs = Promise.withResolvers<void>();
  let rest: Buffer = Buffer.alloc(0);

  function finish(): void {
    if (over) return;
    over = true;
    overs.resolve();
    line.destroy();
    for (const listener of [...listeners.values()]) listener.gone();
    listeners.clear();
    for (const call of [...watchers]) call();
  }

  function deliver(frame: Buffer): void {
    const id = frame.readUInt32LE(4);
    const listener = listeners.get(id);
    if (listener === undefined) return; // of a request that was called off
    const payload = frame.subarray(answerBytes);
    const answer = frame.readUInt32LE(8);
    if (answer === answers.status) listener.status?.(payload);
    else if (answer === answers.data) listener.data?.(payload);
    else if (answer === answers.credit) listener.credit?.(Number(payload.readBigUInt64LE()));
    else if (answer === answers.end) {
      const value = payload.readBigUInt64LE(); // which may not be there: then all hear of that
      listeners.delete(id);
      listener.end(value);
    } else if (answer === answers.error) {
      const [errno, mode] = [payload.readUInt32LE(), payload.readUInt32LE(4)];
      listeners.delete(id);
      listener.error(errno, mode);
    } else finish();
  }

  function receive(chunk: Buffer): void {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (bytes.length >= answerBytes) {
      const length = bytes.readUInt32LE();
      // Not the attendant that was started: nothing of it is believed.
      if (length < answerBytes || length > frameBytes) {
        finish();
        return;
      }
      if (bytes.length < length) break;
      try {
        deliver(bytes.subarray(0, length));
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        finish(); // a payload that is too short for what it is
        return;
      }
      bytes = bytes.subarray(length);
    }
    rest = bytes;
  }

  line.on("data", receive);
  line.on("close", finish);
  closed.then(finish, finish);
  return {
    ask(ask, listener) {
      const id = next++;
      if (over) queueMicrotask(() => listener.gone());
      else {
        listeners.set(id, listener);
        line.write(encodeAsk(id, ask));
      }
      return id;
    },
    tell(id, ask) {
      if (!over) line.write(encodeAsk(id, ask));
    },
    forget: (id) => void listeners.delete(id),
    onOver(call) {
      if (over) call();
      else watchers.add(call);
      return () => void watchers.delete(call);
    },
    over: overs.promise,
    closed: closed.then(
      () => {},
      () => {},
    ),
  };
}
