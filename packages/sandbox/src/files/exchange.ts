import type { Buffer } from "node:buffer";
import type { Connection } from "../attendant/connection.ts";
import {
  type Ask,
  chunkBytes,
  type FileStatus,
  operations,
  readStatusAnswer,
} from "../attendant/protocol.ts";
import { type Attempt, fileFailure, interrupted } from "./file-error.ts";

/** Asks for something that is done at once; resolves to the number that the end tells. */
export function perform(connection: Connection, ask: Ask, attempt: Attempt): Promise<bigint> {
  return new Promise((resolve, reject) => {
    connection.ask(ask, {
      end: resolve,
      error: (errno, mode) => reject(fileFailure(errno, mode, attempt)),
      gone: () => reject(interrupted(attempt)),
    });
  });
}

export interface Found {
  readonly status: FileStatus;
  /** Where a symbolic link leads; else empty. */
  readonly link: Buffer;
}

/** Asks what is at a path. A status is the whole answer. */
export function lookUp(connection: Connection, ask: Ask, attempt: Attempt): Promise<Found> {
  return new Promise((resolve, reject) => {
    const id = connection.ask(ask, {
      status(payload) {
        connection.forget(id);
        resolve(readStatusAnswer(payload));
      },
      end: () => reject(interrupted(attempt)),
      error: (errno, mode) => reject(fileFailure(errno, mode, attempt)),
      gone: () => reject(interrupted(attempt)),
    });
  });
}

/** A directory of the sandbox that later requests are beneath, whatever becomes of its name. */
export interface Base {
  readonly id: number;
  close(): void;
}

/** Opens a directory; no link is followed for paths beneath it. */
export function openBase(
  connection: Connection,
  ask: Omit<Ask, "operation">,
  attempt: Attempt,
): Promise<Base> {
  return new Promise((resolve, reject) => {
    const id = connection.ask(
      { ...ask, operation: operations.base },
      {
        end: () => resolve({ id, close: () => connection.tell(id, { operation: operations.cancel }) }),
        error: (errno, mode) => reject(fileFailure(errno, mode, attempt)),
        gone: () => reject(interrupted(attempt)),
      },
    );
  });
}

/** Bytes that may be on the way of one exchange. */
export const windowBytes = 2 ** 18;

/** Chunks of one request, as they are taken; no more than the window is kept. */
export interface Incoming {
  readonly id: number;
  /** Of the file; for what has none, when the first chunk or the end has come. */
  readonly opened: Promise<FileStatus | undefined>;
  /** The next chunk; undefined at the end. @throws FileError */
  next(): Promise<Buffer | undefined>;
  /** Calls off what is still to come. */
  cancel(): void;
}

/** Begins a request that is answered in chunks. */
export function receive(connection: Connection, ask: Ask, attempt: Attempt): Incoming {
  const chunks: Buffer[] = [];
  let over = false;
  let failure: Error | undefined;
  let owed = 0;
  let granted = windowBytes;
  let wake = () => {};
  const opening = Promise.withResolvers<FileStatus | undefined>();
  opening.promise.catch(() => {});
  const finish = (error?: Error) => {
    over = true;
    failure = error;
    if (error === undefined) opening.resolve(undefined);
    else opening.reject(error);
    wake();
  };
  const id = connection.ask(
    { ...ask, b: BigInt(windowBytes) },
    {
      status: (payload) => opening.resolve(readStatusAnswer(payload).status),
      data(bytes) {
        granted -= bytes.length;
        // One chunk more than was granted may come, and no other.
        if (granted < -chunkBytes) return stop(interrupted(attempt));
        chunks.push(bytes);
        opening.resolve(undefined);
        wake();
      },
      end: () => finish(),
      error: (errno, mode) => finish(fileFailure(errno, mode, attempt)),
      gone: () => finish(interrupted(attempt)),
    },
  );
  const stop = (error?: Error) => {
    if (over) return;
    connection.forget(id);
    connection.tell(id, { operation: operations.cancel });
    finish(error);
  };
  const repay = (bytes: number) => {
    owed += bytes;
    if (over || owed < windowBytes / 2) return;
    connection.tell(id, { operation: operations.credit, a: BigInt(owed) });
    granted += owed;
    owed = 0;
  };
  return {
    id,
    opened: opening.promise,
    async next() {
      while (chunks.length === 0 && !over)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      const chunk = chunks.shift();
      if (chunk !== undefined) repay(chunk.length);
      else if (failure !== undefined) throw failure;
      return chunk;
    },
    cancel: () => stop(),
  };
}
