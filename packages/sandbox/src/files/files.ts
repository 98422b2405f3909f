import type { Readable } from "node:stream";
import { flags, operations } from "../attendant/protocol.ts";
import type { LivingSandbox } from "../living-sandbox.ts";
import { toEntry } from "./entry.ts";
import { lookUp, openBase, perform } from "./exchange.ts";
import { attemptTo, createAccess, type FileAccess } from "./file-access.ts";
import { type Attempt, hasCode } from "./file-error.ts";
import { parseList, parseMakeDir, parseMany, parseRead, parseStat, parseWrite } from "./file-options.ts";
import { joinPath, showPath } from "./file-path.ts";
import { createAllowance, listOne, walkTree } from "./list-directory.ts";
import { createNames } from "./names.ts";
import { readChunks, readWhole, reasonOf, toReadable } from "./read-file.ts";
import { isStream, sendFile } from "./send.ts";
import { createTransfer } from "./transfer.ts";
import { inParallel } from "./tree.ts";
import type {
  FileData,
  FileEntry,
  FilePath,
  Files,
  FileToWrite,
  ListOptions,
  ReadOptions,
  StatOptions,
  WriteOptions,
} from "./types.ts";
import { watch } from "./watch.ts";

function createRead(access: FileAccess): Files["read"] {
  function read(path: FilePath, options?: ReadOptions & { readonly format?: "text" }): Promise<string>;
  function read(path: FilePath, options: ReadOptions & { readonly format: "bytes" }): Promise<Buffer>;
  function read(path: FilePath, options: ReadOptions & { readonly format: "stream" }): Promise<Readable>;
  async function read(given: FilePath, options: ReadOptions = {}): Promise<string | Buffer | Readable> {
    const { format, maxBytes } = parseRead(options);
    const path = access.parse(given);
    const attempt = attemptTo("read", path);
    if (format === "stream") return readStream(access, path, { maxBytes, attempt });
    const whole = async () => readWhole(await access.connect(), path, { maxBytes, attempt });
    const bytes = await unlessEnded(access, access.slots.short(whole));
    return format === "text" ? bytes.toString("utf8") : bytes;
  }
  return read;
}

async function readStream(
  access: FileAccess,
  path: Buffer,
  bounds: { readonly maxBytes: number; readonly attempt: Attempt },
): Promise<Readable> {
  const release = access.slots.long();
  try {
    const { chunks, cancel } = await readChunks(await access.connect(), { path }, bounds);
    return toReadable(access.living, chunks, () => {
      cancel();
      release();
    });
  } catch (error) {
    release();
    throw reasonOf(access.living, error);
  }
}

interface Writing {
  readonly path: FilePath;
  readonly data: FileData;
  readonly options: WriteOptions | undefined;
  readonly append: boolean;
}

async function writeFile(access: FileAccess, { path: given, data, options = {}, append }: Writing) {
  const { mode, createParents } = parseWrite(options, append ? "append" : "write");
  const path = access.parse(given);
  const attempt = attemptTo(append ? "append to" : "write", path);
  const ask = {
    operation: operations.write,
    path,
    mode,
    flags: (createParents ? flags.parents : 0) | (append ? flags.append : 0),
  };
  const send = async () => sendFile(await access.connect(), ask, { data, attempt });
  const release = isStream(data) ? access.slots.long() : undefined;
  const bytes = release ? await send().finally(release) : await access.slots.short(send);
  access.living.events.emit({ type: "file.written", path: attempt.path, bytes, append });
}

async function list(access: FileAccess, given: FilePath, options: ListOptions): Promise<FileEntry[]> {
  const { depth, glob, maxEntries } = parseList(options);
  const path = access.parse(given);
  const attempt = attemptTo("list", path);
  const allowance = createAllowance(maxEntries, attempt);
  const connection = await access.connect();
  if (depth === 1) {
    const found = await listOne(connection, { path }, { attempt, allowance });
    return found
      .filter(({ name }) => glob?.matches(showPath(name)) ?? true)
      .map(({ name, status }) => toEntry(joinPath(path, name), status));
  }
  const base = await openBase(connection, { path }, attempt);
  try {
    const entries: FileEntry[] = [];
    for await (const each of walkTree({ connection, base: base.id, attempt, allowance, depth }))
      if (glob?.matches(showPath(each.relative)) ?? true)
        entries.push({
          ...toEntry(joinPath(path, each.relative), each.status),
          ...(each.failure !== undefined && { unlisted: true }),
        });
    return entries;
  } finally {
    base.close();
  }
}

async function stat(access: FileAccess, given: FilePath, options: StatOptions): Promise<FileEntry> {
  const follow = parseStat(options);
  const path = access.parse(given);
  const ask = { operation: operations.stat, path, flags: follow ? 0 : flags.noFollow };
  const { status, link } = await lookUp(await access.connect(), ask, attemptTo("look at", path));
  return { ...toEntry(path, status), ...(link.length > 0 && { linkTarget: showPath(link) }) };
}

async function exists(access: FileAccess, path: FilePath): Promise<boolean> {
  try {
    await stat(access, path, {});
    return true;
  } catch (error) {
    if (hasCode(error, "FILE_NOT_FOUND", "FILE_NOT_A_DIRECTORY")) return false;
    throw error;
  }
}

async function writeMany(access: FileAccess, files: readonly FileToWrite[]): Promise<void> {
  await inParallel(parseMany(files), ({ path, data, mode }) =>
    writeFile(access, { path, data, options: mode === undefined ? {} : { mode }, append: false }),
  );
}

async function makeDir(access: FileAccess, given: FilePath, options = {}): Promise<void> {
  const { mode, recursive } = parseMakeDir(options);
  const path = access.parse(given);
  const attempt = attemptTo("make the directory", path);
  const ask = {
    operation: operations.directory,
    path,
    mode,
    flags: recursive ? flags.parents | flags.keep : 0,
  };
  await perform(await access.connect(), ask, attempt);
  access.living.events.emit({ type: "file.made", path: attempt.path });
}

/** What was interrupted because the sandbox has ended is told as that. */
async function unlessEnded<T>({ living }: FileAccess, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw reasonOf(living, error);
  }
}

/** The files of a sandbox; what works on them is started at the first call. */
export function createFiles(living: LivingSandbox): Files {
  const access = createAccess(living);
  const told = <T>(work: Promise<T>) => unlessEnded(access, work);
  const names = createNames(access);
  const transfer = createTransfer(access);
  return {
    read: createRead(access),
    write: (path, data, options) => told(writeFile(access, { path, data, options, append: false })),
    append: (path, data, options) => told(writeFile(access, { path, data, options, append: true })),
    writeMany: (files) => told(writeMany(access, files)),
    list: (path, options = {}) => told(list(access, path, options)),
    stat: (path, options = {}) => told(stat(access, path, options)),
    exists: (path) => told(exists(access, path)),
    makeDir: (path, options) => told(makeDir(access, path, options)),
    watch: (path, options = {}) => told(watch(access, path, options)),
    remove: (path, options) => told(names.remove(path, options)),
    rename: (from, to, options) => told(names.rename(from, to, options)),
    copy: (from, to, options) => told(names.copy(from, to, options)),
    upload: (source, to, options) => told(transfer.upload(source, to, options)),
    download: (from, options) => told(transfer.download(from, options)),
  };
}
