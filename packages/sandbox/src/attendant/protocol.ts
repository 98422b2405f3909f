import { Buffer } from "node:buffer";

/** What an attendant is asked; `enum operation` of native/attend.h. */
export const operations = {
  stat: 1,
  read: 2,
  list: 3,
  write: 4,
  data: 5,
  cancel: 6,
  credit: 7,
  directory: 8,
  remove: 9,
  rename: 10,
  symlink: 11,
  link: 12,
  attributes: 13,
  copy: 14,
  base: 15,
  watch: 16,
  watchAdd: 17,
} as const;

export const flags = { noFollow: 1, parents: 2, append: 4, last: 8, directory: 16, keep: 32 } as const;

/** `enum answer` of native/attend.h. */
export const answers = { error: 1, status: 2, data: 3, end: 4, credit: 5 } as const;

/** CHUNK_BYTES of native/attend.h: data in one frame. */
export const chunkBytes = 2 ** 16;
/** FRAME_BYTES there. */
export const frameBytes = chunkBytes + 2 ** 14;

const requestBytes = 48;
export const answerBytes = 12;

/** A request; what is left out is nothing or 0. */
export interface Ask {
  readonly operation: (typeof operations)[keyof typeof operations];
  readonly flags?: number;
  /** Identifier of an open base that the paths are beneath. */
  readonly base?: number;
  readonly mode?: number;
  readonly a?: bigint;
  readonly b?: bigint;
  readonly path?: Uint8Array;
  readonly other?: Uint8Array;
  /** {@link chunkBytes} at most. */
  readonly data?: Uint8Array;
}

const nothing = new Uint8Array();

/** The frame of a request: `struct wire` of native/attend-frames.c, two paths that end with NUL, the data. */
export function encodeAsk(id: number, ask: Ask): Buffer {
  const { path = nothing, other = nothing, data = nothing } = ask;
  const length = requestBytes + path.length + 1 + other.length + 1 + data.length;
  const frame = Buffer.allocUnsafe(length);
  const words = [length, id, ask.operation, ask.flags ?? 0, ask.base ?? 0, ask.mode ?? 0];
  for (const [index, word] of [...words, path.length + 1, other.length + 1].entries())
    frame.writeUInt32LE(word, index * 4);
  frame.writeBigInt64LE(ask.a ?? 0n, 32);
  frame.writeBigUInt64LE(ask.b ?? 0n, 40);
  frame.set(path, requestBytes);
  frame[requestBytes + path.length] = 0;
  frame.set(other, requestBytes + path.length + 1);
  frame[length - data.length - 1] = 0;
  frame.set(data, length - data.length);
  return frame;
}

/** What the kernel says of a file. */
export interface FileStatus {
  readonly size: number;
  /** Milliseconds since 1970, with parts. */
  readonly modifiedMs: number;
  readonly modifiedNs: bigint;
  /** Type and permissions; stat(2). */
  readonly mode: number;
  readonly links: number;
  /** Device and inode as one name. */
  readonly identity: string;
}

const statusBytes = 48;
const entryBytes = statusBytes + 8;

/** `struct file_status` of native/attend.h. */
export function readStatusAt(payload: Buffer, at: number): FileStatus {
  const modifiedNs = payload.readBigInt64LE(at + 24);
  return {
    size: Number(payload.readBigUInt64LE(at)),
    identity: `${payload.readBigUInt64LE(at + 16)}:${payload.readBigUInt64LE(at + 8)}`,
    modifiedNs,
    modifiedMs: Number(modifiedNs / 1000n) / 1000,
    mode: payload.readUInt32LE(at + 32),
    links: payload.readUInt32LE(at + 36),
  };
}

/** A status, and where the link leads that it may be of. */
export function readStatusAnswer(payload: Buffer): { status: FileStatus; link: Buffer } {
  return { status: readStatusAt(payload, 0), link: payload.subarray(statusBytes) };
}

export interface DirectoryEntry {
  readonly name: Buffer;
  readonly status: FileStatus;
}

/** What the kernel never gives, and no attendant that is what it was started as. */
function isName(name: Buffer): boolean {
  const text = name.toString("latin1");
  return text !== "" && text !== "." && text !== ".." && !/[/\0]/.test(text);
}

/**
 * The entries of one chunk of a directory, without those that were gone when they were looked at.
 *
 * @throws RangeError for a chunk that is none
 */
export function readEntries(payload: Buffer): DirectoryEntry[] {
  const entries: DirectoryEntry[] = [];
  for (let at = 0; at < payload.length; ) {
    const nameBytes = payload.readUInt32LE(at + statusBytes);
    const failure = payload.readUInt32LE(at + statusBytes + 4);
    const name = payload.subarray(at + entryBytes, at + entryBytes + nameBytes);
    if (name.length !== nameBytes || !isName(name)) throw new RangeError("an entry without a name");
    if (failure === 0) entries.push({ name, status: readStatusAt(payload, at) });
    at += entryBytes + nameBytes;
  }
  return entries;
}
