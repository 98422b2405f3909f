import { Buffer } from "node:buffer";
import { type ByteReader, createByteReader } from "./byte-reader.ts";
import { archiveError } from "./file-error.ts";
import {
  blockBytes,
  checksumOf,
  fields,
  padding,
  type TarMember,
  type TarType,
  typeFlags,
} from "./tar-header.ts";

/** An entry, and its bytes, which are there until the next entry is asked for. */
export interface TarEntry extends TarMember {
  readonly body: AsyncIterable<Buffer>;
}

/** A name has 4,095 bytes at most; extended headers hold a few more of other programs' records. */
const maxExtendedBytes = 2 ** 16;
/** One of each kind, twice. */
const maxExtensions = 8;
const gzipMagic = 0x1f8b;

function text(header: Buffer, [at, bytes]: readonly [number, number]): Buffer {
  const field = header.subarray(at, at + bytes);
  const end = field.indexOf(0);
  return end < 0 ? field : field.subarray(0, end);
}

/** Octal digits, or with the first bit set a number of that many bytes (GNU). */
function number(header: Buffer, [at, bytes]: readonly [number, number]): number {
  if (((header[at] ?? 0) & 0x80) === 0) {
    const digits = text(header, [at, bytes]).toString("latin1").trim();
    if (!/^[0-7]*$/.test(digits)) throw archiveError("a number in it is none");
    return digits === "" ? 0 : Number.parseInt(digits, 8);
  }
  const value = header.subarray(at + 1, at + bytes).reduce((sum, byte) => sum * 256 + byte, 0);
  if (header[at] !== 0x80 || !Number.isSafeInteger(value))
    throw archiveError("a number in it is out of range");
  return value;
}

/** What extended headers say of the entry that follows. */
interface Extension {
  path?: Buffer;
  link?: Buffer;
  size?: number;
  modified?: number;
}

function decimal(value: Buffer, key: string): number {
  const parsed = Number(value.toString("latin1"));
  if (!Number.isFinite(parsed)) throw archiveError(`its record ${key} is no number`);
  return parsed;
}

function applyRecord(extension: Extension, key: string, value: Buffer): void {
  if (key.startsWith("GNU.sparse"))
    throw archiveError("it has a sparse file in a form of GNU's; pack it without --sparse");
  if (key === "path") extension.path = value;
  else if (key === "linkpath") extension.link = value;
  else if (key === "mtime") extension.modified = decimal(value, key);
  else if (key === "size") {
    extension.size = decimal(value, key);
    if (!Number.isSafeInteger(extension.size) || extension.size < 0)
      throw archiveError("a size is out of range");
  }
}

function applyRecords(extension: Extension, records: Buffer): void {
  for (let at = 0; at < records.length; ) {
    const space = records.indexOf(0x20, at);
    const length = space < 0 ? Number.NaN : Number(records.toString("latin1", at, space));
    const end = at + length;
    const equals = records.indexOf(0x3d, space);
    const isWhole = Number.isInteger(length) && equals > space && equals < end && records[end - 1] === 0x0a;
    if (!isWhole || end > records.length) throw archiveError("an extended header in it is broken");
    applyRecord(
      extension,
      records.toString("latin1", space + 1, equals),
      records.subarray(equals + 1, end - 1),
    );
    at = end;
  }
}

async function readExtended(reader: ByteReader, size: number): Promise<Buffer> {
  if (size > maxExtendedBytes)
    throw archiveError(`an extended header has more than ${maxExtendedBytes} bytes`);
  const bytes = await need(reader, size);
  await need(reader, padding(size).length);
  return bytes;
}

async function need(reader: ByteReader, bytes: number): Promise<Buffer> {
  const found = await reader.take(bytes);
  if (found.length < bytes) throw archiveError("it ends in the middle; what came before is there");
  return found;
}

function withoutNul(name: Buffer): Buffer {
  const end = name.indexOf(0);
  return end < 0 ? name : name.subarray(0, end);
}

const types = new Map(Object.entries(typeFlags).map(([type, flag]) => [flag, type as TarType]));

function typeOfFlag(flag: string, path: Buffer): TarType {
  if (flag === "\0" || flag === "7") return path.at(-1) === 0x2f ? "directory" : "file";
  const type = types.get(flag);
  if (type === undefined)
    throw archiveError(
      `${JSON.stringify(path.toString())} is a device, a pipe or something unknown (type ${JSON.stringify(flag)})`,
    );
  return type;
}

function memberOf(header: Buffer, flag: string, extension: Extension): TarMember {
  const prefix =
    header.toString("latin1", 257, 263) === "ustar\0" ? text(header, fields.prefix) : Buffer.alloc(0);
  const name = text(header, fields.name);
  const joined = prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from("/"), name]);
  const path = extension.path ?? joined;
  const type = typeOfFlag(flag, path);
  const link =
    type === "symlink" || type === "hardlink"
      ? (extension.link ?? text(header, fields.link))
      : Buffer.alloc(0);
  return {
    path,
    type,
    link,
    mode: number(header, fields.mode) & 0o777,
    size: type === "file" ? (extension.size ?? number(header, fields.size)) : 0,
    modified: extension.modified ?? number(header, fields.modified),
  };
}

function checkHeader(header: Buffer): void {
  if (header.readUInt16BE() === gzipMagic)
    throw archiveError("it is compressed; give it through zlib's createGunzip()");
  if (number(header, fields.checksum) !== checksumOf(header))
    throw archiveError("it is not a tar archive, or is damaged: a header's sum is wrong");
}

async function readMember(reader: ByteReader): Promise<TarMember | undefined> {
  const extension: Extension = {};
  for (let headers = 0; headers <= maxExtensions; headers++) {
    const header = await need(reader, blockBytes);
    if (header.every((byte) => byte === 0)) return undefined;
    checkHeader(header);
    const flag = header.toString("latin1", fields.type[0], fields.type[0] + 1);
    const size = number(header, fields.size);
    if (flag === "x") applyRecords(extension, await readExtended(reader, size));
    else if (flag === "g") await readExtended(reader, size);
    else if (flag === "L") extension.path = withoutNul(await readExtended(reader, size));
    else if (flag === "K") extension.link = withoutNul(await readExtended(reader, size));
    else return memberOf(header, flag, extension);
  }
  throw archiveError("an entry has too many extended headers");
}

/** The entries of an archive, in its order. @throws FileError for what is no archive that can be taken as it is */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry, void> {
  const reader = createByteReader(source);
  try {
    for (let member = await readMember(reader); member !== undefined; member = await readMember(reader)) {
      let left = member.size;
      const { size } = member;
      async function* body() {
        while (left > 0) {
          const bytes = await reader.some(left);
          if (bytes.length === 0)
            throw archiveError("it ends in the middle of a file; what came before is there");
          left -= bytes.length;
          yield bytes;
        }
      }
      yield { ...member, body: { [Symbol.asyncIterator]: body } };
      for await (const _rest of body()); // what was not taken
      await need(reader, padding(size).length);
    }
    await reader.take(2 ** 16); // so that who writes it sees no broken pipe
  } finally {
    await reader.close();
  }
}
