import { Readable } from "node:stream";
import type { Connection } from "../attendant/connection.ts";
import { flags, operations } from "../attendant/protocol.ts";
import { openBase, perform } from "./exchange.ts";
import { attemptTo, type FileAccess } from "./file-access.ts";
import { type Attempt, optionError } from "./file-error.ts";
import { parseDownload, parseUpload } from "./file-options.ts";
import { readHostTree } from "./host-tree.ts";
import { pack } from "./pack.ts";
import { toReadable } from "./read-file.ts";
import { isStream } from "./send.ts";
import { readTar, type TarEntry } from "./tar-reader.ts";
import type { DownloadOptions, FilePath, Files, UploadOptions, UploadResult } from "./types.ts";
import { unpack } from "./unpack.ts";
import { whileOpen } from "./while-open.ts";

function checkSource(source: unknown): void {
  if (typeof source !== "string" && !isStream(source))
    throw optionError("what to upload must be the path of a directory of the host, or a tar stream");
}

function entriesOf(source: UploadSource, connection: Connection, attempt: Attempt): AsyncIterable<TarEntry> {
  return typeof source === "string" ? readHostTree(source) : readTar(whileOpen(source, connection, attempt));
}

type UploadSource = string | AsyncIterable<Uint8Array>;

async function upload(
  access: FileAccess,
  { source, to, options }: { source: UploadSource; to: FilePath; options: UploadOptions },
): Promise<UploadResult> {
  const bounds = parseUpload(options);
  const path = access.parse(to);
  const attempt = attemptTo("upload to", path);
  checkSource(source);
  const release = access.slots.long();
  try {
    const connection = await access.connect();
    const asked = { operation: operations.directory, path, flags: flags.parents | flags.keep };
    if (path.length > 1) await perform(connection, asked, attempt);
    const base = await openBase(connection, { path }, attempt);
    try {
      const result = await unpack(
        { connection, base: base.id, attempt, ...bounds },
        entriesOf(source, connection, attempt),
      );
      const all = result.files + result.directories + result.links;
      access.living.events.emit({
        type: "file.uploaded",
        path: attempt.path,
        entries: all,
        bytes: result.bytes,
      });
      return result;
    } finally {
      base.close();
    }
  } catch (error) {
    // A source that was not begun must not be left open.
    if (source instanceof Readable) source.destroy();
    throw error;
  } finally {
    release();
  }
}

async function download(access: FileAccess, from: FilePath, options: DownloadOptions): Promise<Readable> {
  const bounds = parseDownload(options);
  const path = access.parse(from);
  const release = access.slots.long();
  try {
    const connection = await access.connect();
    const { chunks, close } = await pack({
      connection,
      path,
      attempt: attemptTo("download", path),
      ...bounds,
    });
    return toReadable(access.living, chunks, () => {
      close();
      release();
    });
  } catch (error) {
    release();
    throw error;
  }
}

/** Whole trees, in and out. */
export function createTransfer(access: FileAccess): Pick<Files, "upload" | "download"> {
  return {
    upload: async (source, to, options = {}) => upload(access, { source, to, options }),
    download: async (from, options = {}) => download(access, from, options),
  };
}
