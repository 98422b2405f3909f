import { Buffer } from "node:buffer";
import { constants } from "node:os";
import type { Connection } from "../attendant/connection.ts";
import { type Ask, type FileStatus, flags, operations } from "../attendant/protocol.ts";
import { lookUp, openBase } from "./exchange.ts";
import { type Attempt, FileError, fileFailure } from "./file-error.ts";
import { lastName } from "./file-path.ts";
import { createAllowance, typeOf, walkTree } from "./list-directory.ts";
import { readChunks } from "./read-file.ts";
import { blockBytes, encodeMember, padding, type TarType } from "./tar-header.ts";
import { maxDepth } from "./tree.ts";

export interface Packing {
  readonly connection: Connection;
  readonly path: Buffer;
  readonly attempt: Attempt;
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/** An archive, and what lets go of the directory that it is made from. */
interface Packed {
  readonly chunks: AsyncGenerator<Buffer, void>;
  close(): void;
}

const nothing = Buffer.alloc(0);

function header(
  path: Buffer,
  type: TarType,
  {
    status,
    size = 0,
    link = nothing,
  }: {
    readonly status: FileStatus;
    readonly size?: number;
    readonly link?: Buffer;
  },
): Buffer {
  const modified = Math.floor(status.modifiedMs / 1000);
  return encodeMember({ path, type, size, link, modified, mode: status.mode & 0o777 });
}

/** What has gone, or become something else, since it was listed. */
function isPast(error: unknown): boolean {
  const codes = [
    "FILE_NOT_FOUND",
    "FILE_NOT_A_DIRECTORY",
    "FILE_LINK",
    "FILE_SPECIAL",
    "FILE_IS_A_DIRECTORY",
  ];
  return error instanceof FileError && codes.includes(error.code);
}

interface Files {
  readonly connection: Connection;
  readonly attempt: Attempt;
  left: number;
}

/** A file with as many bytes as its header says: cut where it has grown, filled with zeros where it has shrunk. */
async function* packFile(
  files: Files,
  ask: Omit<Ask, "operation">,
  name: Buffer,
): AsyncGenerator<Buffer, void> {
  const { connection, attempt } = files;
  const opened = await readChunks(connection, ask, { maxBytes: Infinity, attempt }).catch(
    (error: unknown) => {
      if (!isPast(error)) throw error;
    },
  );
  if (opened === undefined) return;
  const { status, chunks, cancel } = opened;
  try {
    files.left -= status.size;
    if (files.left < 0)
      throw new FileError(
        `could not ${attempt.action} ${JSON.stringify(attempt.path)}: its files have more bytes than maxBytes; raise it`,
        { code: "FILE_TOO_LARGE", path: attempt.path },
      );
    yield header(name, "file", { status, size: status.size });
    let left = status.size;
    for await (const chunk of chunks) {
      yield chunk.subarray(0, left);
      left -= Math.min(left, chunk.length);
      if (left === 0) break;
    }
    for (; left > 0; left -= Math.min(left, 2 ** 16)) yield Buffer.alloc(Math.min(left, 2 ** 16));
    yield padding(status.size);
  } finally {
    cancel();
  }
}

async function* packTree(packing: Packing, base: number): AsyncGenerator<Buffer, void> {
  const { connection, attempt, maxEntries, maxBytes } = packing;
  const allowance = createAllowance(maxEntries, attempt);
  const files: Files = { connection, attempt, left: maxBytes };
  const named = new Map<string, Buffer>();
  for await (const entry of walkTree({ connection, base, attempt, allowance, depth: maxDepth })) {
    const { relative: path, status, failure } = entry;
    if (failure !== undefined && !isPast(failure)) throw failure;
    const type = typeOf(status);
    const known = status.links > 1 && type === "file" ? named.get(status.identity) : undefined;
    if (type === "directory") yield header(Buffer.concat([path, Buffer.from("/")]), "directory", { status });
    else if (known !== undefined) yield header(path, "hardlink", { status, link: known });
    else if (type === "file") {
      if (status.links > 1) named.set(status.identity, path);
      yield* packFile(files, { base, path }, path);
    } else if (type === "symlink") {
      const link = await linkOf(connection, { base, path }, attempt);
      if (link !== undefined) yield header(path, "symlink", { status, link });
    }
  }
}

async function linkOf(
  connection: Connection,
  ask: { readonly base: number; readonly path: Buffer },
  attempt: Attempt,
): Promise<Buffer | undefined> {
  const asked = { ...ask, operation: operations.stat, flags: flags.noFollow };
  const found = await lookUp(connection, asked, attempt).catch((error: unknown) => {
    if (!isPast(error)) throw error;
  });
  return found === undefined || found.link.length === 0 ? undefined : found.link;
}

/**
 * A directory, or a file, as a tar archive; begins when it is asked for, so that what is not there is told at once.
 *
 * @throws FileError
 */
export async function pack(packing: Packing): Promise<Packed> {
  const { connection, path, attempt, maxBytes } = packing;
  const { status } = await lookUp(connection, { operation: operations.stat, path }, attempt);
  if (typeOf(status) === "other") throw fileFailure(constants.errno.ENXIO, status.mode, attempt);
  if (typeOf(status) !== "directory") {
    const files: Files = { connection, attempt, left: maxBytes };
    const name = Buffer.from(lastName(path));
    return { chunks: ended(packFile(files, { path }, name)), close: () => {} };
  }
  const base = await openBase(connection, { path }, attempt);
  return { chunks: ended(packTree(packing, base.id)), close: base.close };
}

async function* ended(entries: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  yield* entries;
  yield Buffer.alloc(2 * blockBytes);
}
