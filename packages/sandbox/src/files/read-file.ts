import { Buffer } from "node:buffer";
import { Readable } from "node:stream";
import type { Connection } from "../attendant/connection.ts";
import { type Ask, type FileStatus, operations } from "../attendant/protocol.ts";
import { hasEnded } from "../life/sandbox-end.ts";
import type { LivingSandbox } from "../living-sandbox.ts";
import { type Incoming, receive } from "./exchange.ts";
import { type Attempt, FileError } from "./file-error.ts";

export const defaultReadBytes = 2 ** 26;
export const maxReadBytes = 2 ** 30;

function tooLarge(path: string, maxBytes: number): FileError {
  return new FileError(
    `could not read ${JSON.stringify(path)}: it has more than ${maxBytes} bytes; raise maxBytes, or read it as a stream`,
    { code: "FILE_TOO_LARGE", path },
  );
}

interface Opened {
  readonly status: FileStatus;
  readonly incoming: Incoming;
}

async function open(connection: Connection, ask: Omit<Ask, "operation">, attempt: Attempt): Promise<Opened> {
  const incoming = receive(connection, { ...ask, operation: operations.read }, attempt);
  const status = await incoming.opened;
  if (status !== undefined) return { status, incoming };
  incoming.cancel();
  throw new FileError(`could not read ${JSON.stringify(attempt.path)}: it was not told what it is`, {
    code: "FILE_FAILED",
    path: attempt.path,
  });
}

/** The whole file, as one. @throws FileError */
export async function readWhole(
  connection: Connection,
  path: Buffer,
  { maxBytes, attempt }: { readonly maxBytes: number; readonly attempt: Attempt },
): Promise<Buffer> {
  const { status, incoming } = await open(connection, { path }, attempt);
  const chunks: Buffer[] = [];
  let bytes = status.size > maxBytes ? Infinity : 0;
  while (bytes <= maxBytes) {
    const chunk = await incoming.next();
    if (chunk === undefined) return Buffer.concat(chunks);
    bytes += chunk.length; // it may have grown
    chunks.push(chunk);
  }
  incoming.cancel();
  throw tooLarge(attempt.path, maxBytes);
}

export interface FileStream {
  readonly status: FileStatus;
  readonly chunks: AsyncGenerator<Buffer, void>;
  /** Ends the reading, also where no chunk was taken. */
  cancel(): void;
}

/** The file in chunks, read as they are taken; ending the generator ends the reading. @throws FileError */
export async function readChunks(
  connection: Connection,
  ask: Omit<Ask, "operation">,
  { maxBytes, attempt }: { readonly maxBytes: number; readonly attempt: Attempt },
): Promise<FileStream> {
  const { status, incoming } = await open(connection, ask, attempt);
  async function* take() {
    let bytes = 0;
    try {
      for (let chunk = await incoming.next(); chunk !== undefined; chunk = await incoming.next()) {
        bytes += chunk.length;
        if (bytes > maxBytes) throw tooLarge(attempt.path, maxBytes);
        yield chunk;
      }
    } finally {
      incoming.cancel();
    }
  }
  return { status, chunks: take(), cancel: incoming.cancel };
}

/** Why work was broken off: of what was interrupted, that the sandbox has ended where it has. */
export function reasonOf({ end }: Pick<LivingSandbox, "end">, error: unknown): unknown {
  const wasInterrupted = error instanceof FileError && error.code === "FILE_INTERRUPTED";
  return wasInterrupted && end !== undefined ? hasEnded(end) : error;
}

/** A stream of a generator that ends it also where nothing was read. */
export function toReadable(
  living: Pick<LivingSandbox, "end">,
  chunks: AsyncGenerator<Uint8Array, void>,
  end: () => void,
): Readable {
  async function* told() {
    try {
      yield* chunks;
    } catch (error) {
      throw reasonOf(living, error);
    }
  }
  const stream = Readable.from(told(), { objectMode: false });
  stream.once("close", () => {
    end();
    void chunks.return().catch(() => {});
  });
  return stream;
}
