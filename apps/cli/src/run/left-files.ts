import { constants } from "node:fs";
import { lstat, open, readdir } from "node:fs/promises";
import { join } from "node:path";

/** A file that the agent made or changed. */
export interface LeftFile {
  /** Relative to the workspace. */
  readonly path: string;
  readonly bytes: number;
  /** Its beginning, when it is text. */
  readonly text: string | undefined;
}

/** Size and time of each regular file, by relative path. */
export type FileList = ReadonlyMap<string, string>;

const SHOWN_BYTES = 16 * 1024;

/** Lists the workspace's files, to compare with later. */
export async function listFiles(directory: string): Promise<FileList> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const list = new Map<string, string>();
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const found = await lstat(path, { bigint: true });
    list.set(path.slice(directory.length + 1), `${found.size} ${found.mtimeNs} ${found.ino}`);
  }
  return list;
}

/** The files that are new or not as they were, in the order of their paths. */
export async function findLeftFiles(directory: string, before: FileList): Promise<LeftFile[]> {
  const now = await listFiles(directory);
  const changed = [...now].filter(([path, state]) => before.get(path) !== state).map(([path]) => path);
  return await Promise.all(changed.sort().map((path) => readLeftFile(directory, path)));
}

async function readLeftFile(directory: string, path: string): Promise<LeftFile> {
  // hostile hands made these files: a link is not followed
  const file = await open(join(directory, path), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read({
      buffer: Buffer.alloc(Math.min(size, SHOWN_BYTES)),
      position: 0,
    });
    const beginning = buffer.subarray(0, bytesRead);
    return { path, bytes: size, text: beginning.includes(0) ? undefined : beginning.toString("utf8") };
  } finally {
    await file.close();
  }
}
