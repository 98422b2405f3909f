import { Buffer } from "node:buffer";
import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, open, readdir, readlink } from "node:fs/promises";
import { chunkBytes } from "../attendant/protocol.ts";
import { errorCode } from "../cgroup/index.ts";
import { FileError } from "./file-error.ts";
import { joinPath } from "./file-path.ts";
import type { TarEntry } from "./tar-reader.ts";
import { maxDepth } from "./tree.ts";

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** What a descriptor is open on, by a name that stays its own whatever is renamed. */
function within({ fd }: FileHandle, name?: Buffer): Buffer {
  const directory = Buffer.from(`/proc/self/fd/${fd}`);
  return name === undefined ? directory : joinPath(directory, name);
}

function hostError(path: string, cause: unknown): FileError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FileError(`could not read the host's ${JSON.stringify(path)}: ${reason}`, {
    code: "FILE_FAILED",
    path,
    cause,
  });
}

const nothing: AsyncIterable<Buffer> = (async function* () {})();

function aboutOf({ mode, mtimeMs }: Stats) {
  return { mode: mode & 0o777, modified: mtimeMs / 1000 };
}

interface Place {
  readonly directory: FileHandle;
  readonly name: Buffer;
  readonly path: Buffer;
}

/** As many bytes as it had; zeros where it has shrunk since. */
async function* readAll(file: FileHandle, size: number): AsyncGenerator<Buffer, void> {
  for (let at = 0; at < size; ) {
    const chunk = Buffer.alloc(Math.min(chunkBytes, size - at));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
    at += bytesRead === 0 ? chunk.length : bytesRead;
    yield bytesRead === 0 ? chunk : chunk.subarray(0, bytesRead);
  }
}

/** What has gone, or become something else, since it was listed is left out. */
async function unlessPast<T>(look: Promise<T>): Promise<T | undefined> {
  try {
    return await look;
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ELOOP" || code === "ENOTDIR" || code === "EINVAL") return undefined;
    throw error;
  }
}

async function* fileEntry({ directory, name, path }: Place): AsyncGenerator<TarEntry, void> {
  const file = await unlessPast(open(within(directory, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  try {
    const stats = await file?.stat();
    if (file === undefined || !stats?.isFile()) return;
    const { size } = stats;
    const member = { path, type: "file", link: Buffer.alloc(0), size } as const;
    yield { ...member, ...aboutOf(stats), body: readAll(file, size) };
  } finally {
    await file?.close();
  }
}

async function* linkEntry({ directory, name, path }: Place): AsyncGenerator<TarEntry, void> {
  const stats = await unlessPast(lstat(within(directory, name)));
  const link = await unlessPast(readlink(within(directory, name), { encoding: "buffer" }));
  if (stats !== undefined && link !== undefined)
    yield { path, type: "symlink", link, size: 0, ...aboutOf(stats), body: nothing };
}

async function* directoryEntry(place: Place, depth: number): AsyncGenerator<TarEntry, void> {
  const { directory, name, path } = place;
  const inner = await unlessPast(open(within(directory, name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  if (inner === undefined) return;
  try {
    const about = aboutOf(await inner.stat());
    yield { path, type: "directory", link: Buffer.alloc(0), size: 0, ...about, body: nothing };
    yield* levelEntries(inner, path, depth - 1);
  } finally {
    await inner.close();
  }
}

async function* levelEntries(
  directory: FileHandle,
  prefix: Buffer,
  depth: number,
): AsyncGenerator<TarEntry, void> {
  if (depth === 0) throw hostError(prefix.toString(), `it is more than ${maxDepth} directories deep`);
  const found = await readdir(within(directory), { encoding: "buffer", withFileTypes: true });
  for (const entry of found.sort((a, b) => Buffer.compare(a.name, b.name))) {
    const place = { directory, name: entry.name, path: joinPath(prefix, entry.name) };
    if (entry.isFile()) yield* fileEntry(place);
    else if (entry.isSymbolicLink()) yield* linkEntry(place);
    else if (entry.isDirectory()) yield* directoryEntry(place, depth);
  }
}

async function openHost(path: string): Promise<FileHandle> {
  try {
    return await open(path, O_RDONLY | O_DIRECTORY);
  } catch (cause) {
    if (!["ENOENT", "ENOTDIR"].includes(errorCode(cause) ?? "")) throw cause;
    throw hostError(path, "it is no directory; name one of the host's, or give a tar stream");
  }
}

/**
 * A directory of the host's as an archive would have it. A sandbox may have it as a mount and move things about in it:
 * below the directory itself no link is followed, and only regular files are opened. Others are left out.
 *
 * @throws FileError
 */
export async function* readHostTree(path: string): AsyncGenerator<TarEntry, void> {
  let directory: FileHandle | undefined;
  try {
    directory = await openHost(path);
    yield* levelEntries(directory, Buffer.alloc(0), maxDepth);
  } catch (error) {
    throw error instanceof FileError ? error : hostError(path, error);
  } finally {
    await directory?.close();
  }
}
