import { Buffer } from "node:buffer";
import type { Connection } from "../attendant/connection.ts";
import { type Ask, chunkBytes, flags, operations } from "../attendant/protocol.ts";
import { windowBytes } from "./exchange.ts";
import { type Attempt, fileFailure, interrupted, optionError } from "./file-error.ts";
import type { FileData } from "./types.ts";
import { whileOpen } from "./while-open.ts";

/** A file that is being written. */
interface Outgoing {
  /** Undefined when more may be sent now, else resolves when it may. @throws FileError */
  ready(): Promise<void> | undefined;
  send(data: Uint8Array, last: boolean): void;
  /** Resolves to the bytes written when the file is whole, and has its name. */
  readonly done: Promise<number>;
  cancel(): void;
}

/** The request goes with the first data. */
function begin(connection: Connection, ask: Ask, attempt: Attempt): Outgoing {
  let id: number | undefined;
  let credit = windowBytes;
  let over = false;
  let wake = () => {};
  const ending = Promise.withResolvers<number>();
  ending.promise.catch(() => {});
  const fail = (error: Error) => {
    over = true;
    ending.reject(error);
    wake();
  };
  const listener = {
    credit(bytes: number) {
      credit = Math.min(windowBytes, credit + bytes); // never more on the way, whoever says so
      wake();
    },
    end(bytes: bigint) {
      over = true;
      ending.resolve(Number(bytes));
      wake();
    },
    error: (errno: number, mode: number) => fail(fileFailure(errno, mode, attempt)),
    gone: () => fail(interrupted(attempt)),
  };
  async function wait(): Promise<void> {
    while (credit <= 0 && !over)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    if (over) await ending.promise;
  }
  return {
    done: ending.promise,
    ready: () => (credit > 0 && !over ? undefined : wait()),
    send(data, last) {
      const of = { flags: (id === undefined ? (ask.flags ?? 0) : 0) | (last ? flags.last : 0), data };
      credit -= data.length;
      if (id === undefined) id = connection.ask({ ...ask, ...of }, listener);
      else connection.tell(id, { operation: operations.data, ...of });
    },
    cancel() {
      if (id !== undefined && !over) connection.tell(id, { operation: operations.cancel });
      if (id !== undefined) connection.forget(id);
      over = true;
    },
  };
}

async function sendBytes(outgoing: Outgoing, data: Uint8Array): Promise<number> {
  let at = 0;
  do {
    const waiting = outgoing.ready();
    if (waiting !== undefined) await waiting; // else what fits is on its way when this returns
    const chunk = data.subarray(at, at + chunkBytes);
    at += chunk.length;
    outgoing.send(chunk, at >= data.length);
  } while (at < data.length);
  return outgoing.done;
}

async function sendStream(outgoing: Outgoing, source: AsyncIterable<string | Uint8Array>): Promise<number> {
  for await (const piece of source) {
    const bytes = asBytes(piece);
    if (bytes === undefined) throw optionError("a stream to write must give strings or bytes");
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      await outgoing.ready();
      outgoing.send(bytes.subarray(at, at + chunkBytes), false);
    }
  }
  await outgoing.ready();
  outgoing.send(Buffer.alloc(0), true);
  return outgoing.done;
}

function asBytes(data: unknown): Uint8Array | undefined {
  if (typeof data === "string") return Buffer.from(data);
  return data instanceof Uint8Array ? data : undefined;
}

/** Whether data comes in its own time. */
export function isStream(data: unknown): data is AsyncIterable<string | Uint8Array> {
  return typeof data === "object" && data !== null && Symbol.asyncIterator in data;
}

/**
 * Writes data to a file; resolves to its bytes. What the source throws is thrown, and nothing is changed then.
 *
 * @throws FileError
 */
export async function sendFile(
  connection: Connection,
  ask: Ask,
  { data, attempt }: { readonly data: FileData; readonly attempt: Attempt },
): Promise<number> {
  const bytes = asBytes(data);
  const outgoing = begin(connection, ask, attempt);
  try {
    if (bytes !== undefined) return await sendBytes(outgoing, bytes);
    if (isStream(data)) return await sendStream(outgoing, whileOpen(data, connection, attempt));
  } catch (error) {
    outgoing.cancel();
    throw error;
  }
  throw optionError("data to write must be a string, bytes, or a stream of them");
}
