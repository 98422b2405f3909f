import { Buffer } from "node:buffer";
import type { Connection } from "../attendant/connection.ts";
import { chunkBytes, flags, operations } from "../attendant/protocol.ts";
import { archivePath, checkLink } from "./archive-path.ts";
import { perform } from "./exchange.ts";
import { type Attempt, archiveError, hasCode } from "./file-error.ts";
import { sendFile } from "./send.ts";
import type { TarEntry } from "./tar-reader.ts";
import type { UploadResult } from "./types.ts";

export interface Unpacking {
  readonly connection: Connection;
  /** Of the directory that all goes into. */
  readonly base: number;
  /** With the path of that directory. */
  readonly attempt: Attempt;
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly links: "beneath" | "any";
}

/** Entries on the way at once; the attendant works on them in their order. */
const atOnce = 64;
/** Nanoseconds in 63 bits. */
const maxSeconds = 9e9;

function nanoseconds(seconds: number): bigint {
  return BigInt(Math.round(Math.min(Math.max(seconds, 0), maxSeconds) * 1e6)) * 1000n;
}

function parentOf(path: Buffer): Buffer {
  return path.subarray(0, Math.max(0, path.lastIndexOf(0x2f)));
}

/** Makes what an archive's entries say, beneath a directory; the kernel follows no link for any of it. */
function createMaker({ connection, base, attempt, links }: Unpacking) {
  const made = new Set([""]);
  const of = (path: Buffer): Attempt => ({ ...attempt, path: `${attempt.path}/${path.toString("utf8")}` });
  const makeDirectory = async (path: Buffer) => {
    const key = path.toString("latin1");
    if (made.has(key)) return;
    made.add(key);
    const ask = { operation: operations.directory, base, path, flags: flags.parents | flags.keep };
    await perform(connection, ask, of(path));
  };
  const clear = (path: Buffer) =>
    perform(connection, { operation: operations.remove, base, path }, of(path)).catch((error: unknown) => {
      if (!hasCode(error, "FILE_NOT_FOUND")) throw error;
    });
  return {
    makeDirectory,
    async file(path: Buffer, { mode, modified, size, body }: TarEntry, begun: () => void): Promise<void> {
      const ask = { operation: operations.write, base, path, mode, flags: flags.parents };
      const data = size > chunkBytes ? body : await gather(body);
      const written = sendFile(connection, ask, { data, attempt: of(path) });
      // What is short is sent at once, and what comes after it is worked on after it.
      if (size <= chunkBytes) begun();
      await written;
      const times = { operation: operations.attributes, base, path, a: nanoseconds(modified), b: 1n };
      await perform(connection, times, of(path));
    },
    async symlink(path: Buffer, link: Buffer): Promise<void> {
      if (links === "beneath") checkLink(path, link);
      await Promise.all([
        makeDirectory(parentOf(path)),
        clear(path),
        perform(connection, { operation: operations.symlink, base, path, other: link }, of(path)),
      ]);
    },
    async hardlink(path: Buffer, link: Buffer): Promise<void> {
      const other = archivePath(link);
      if (other.equals(path)) return;
      await Promise.all([
        makeDirectory(parentOf(path)),
        clear(path),
        perform(connection, { operation: operations.link, base, path, other }, of(path)),
      ]);
    },
    finish: (path: Buffer, mode: number, modified: number) =>
      perform(
        connection,
        { operation: operations.attributes, base, path, mode, a: nanoseconds(modified), b: 1n },
        of(path),
      ),
  };
}

async function gather(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Counts what comes; throws when it is more than is allowed. */
function createCount({ maxEntries, maxBytes }: Unpacking) {
  const count = { files: 0, directories: 0, links: 0, bytes: 0 };
  const names = { file: "files", directory: "directories", symlink: "links", hardlink: "links" } as const;
  return {
    count,
    add({ type, size }: TarEntry) {
      count[names[type]]++;
      count.bytes += size;
      if (count.files + count.directories + count.links > maxEntries)
        throw archiveError(`it has more than ${maxEntries} entries; raise maxEntries`);
      if (count.bytes > maxBytes)
        throw archiveError(`its files have more than ${maxBytes} bytes; raise maxBytes`);
    },
  };
}

/** Runs tasks in turn; so many of those that have begun may still be on their way. */
function createPipeline() {
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  return {
    async add(task: Promise<void>) {
      const watched: Promise<void> = task
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => running.delete(watched));
      running.add(watched);
      while (running.size >= atOnce) await Promise.race(running);
      if (failure !== undefined) throw failure.error;
    },
    async end() {
      await Promise.all(running);
      if (failure !== undefined) throw failure.error;
    },
  };
}

/** Puts the entries of an archive beneath a directory. @throws FileError */
export async function unpack(unpacking: Unpacking, entries: AsyncIterable<TarEntry>): Promise<UploadResult> {
  const maker = createMaker(unpacking);
  const { add, count } = createCount(unpacking);
  const pipeline = createPipeline();
  const directories = new Map<string, { path: Buffer; mode: number; modified: number }>();
  try {
    for await (const entry of entries) {
      const path = archivePath(entry.path);
      if (path.length === 0) continue; // the directory itself stays as it is
      add(entry);
      if (entry.type === "directory") {
        directories.set(path.toString("latin1"), { path, mode: entry.mode, modified: entry.modified });
        await pipeline.add(maker.makeDirectory(path));
      } else if (entry.type === "symlink") await pipeline.add(maker.symlink(path, entry.link));
      else if (entry.type === "hardlink") await pipeline.add(maker.hardlink(path, entry.link));
      else await pipeline.add((await begin(maker, path, entry)).done);
    }
  } finally {
    await pipeline.end();
  }
  for (const { path, mode, modified } of [...directories.values()].reverse())
    await maker.finish(path, mode, modified);
  return count;
}

/** Resolves when the entry's bytes are taken, to what is still to be waited for. */
function begin(
  maker: ReturnType<typeof createMaker>,
  path: Buffer,
  entry: TarEntry,
): Promise<{ readonly done: Promise<void> }> {
  return new Promise((resolve) => {
    const done: Promise<void> = maker.file(path, entry, () => resolve({ done }));
    const settle = () => resolve({ done });
    done.then(settle, settle);
  });
}
