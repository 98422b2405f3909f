import { Buffer } from "node:buffer";

/** Everything in an archive comes in blocks of this many bytes; POSIX.1-2017, pax, "ustar Interchange Format". */
export const blockBytes = 512;

export type TarType = "file" | "directory" | "symlink" | "hardlink";

/** What an archive says of an entry. Names are bytes: nobody says that they are UTF-8. */
export interface TarMember {
  readonly path: Buffer;
  readonly type: TarType;
  /** Permission bits. */
  readonly mode: number;
  readonly size: number;
  /** Seconds since 1970. */
  readonly modified: number;
  /** Where a link leads, else empty. */
  readonly link: Buffer;
}

/** Where the fields of a header are, and how long. */
export const fields = {
  name: [0, 100],
  mode: [100, 8],
  size: [124, 12],
  modified: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  link: [157, 100],
  magic: [257, 6],
  prefix: [345, 155],
} as const;

export const typeFlags: Readonly<Record<TarType, string>> = {
  file: "0",
  hardlink: "1",
  symlink: "2",
  directory: "5",
};

/** The largest number that eleven octal digits hold. */
const maxOctal = 8 ** 11 - 1;

function put(header: Buffer, [at, bytes]: readonly [number, number], value: Uint8Array): void {
  header.set(value.subarray(0, bytes), at);
}

function octal(value: number, [, bytes]: readonly [number, number]): Buffer {
  return Buffer.from(
    `${Math.floor(value)
      .toString(8)
      .padStart(bytes - 1, "0")}\0`,
  );
}

/** The sum of a header's bytes, with spaces in the place of the sum. */
export function checksumOf(header: Buffer): number {
  const [at, bytes] = fields.checksum;
  let sum = 0x20 * bytes;
  for (const [index, byte] of header.entries()) if (index < at || index >= at + bytes) sum += byte;
  return sum;
}

interface RawHeader extends Omit<TarMember, "type"> {
  readonly flag: string;
}

function rawHeader({ path, mode, size, modified, flag, link }: RawHeader): Buffer {
  const header = Buffer.alloc(blockBytes);
  put(header, fields.name, path);
  put(header, fields.mode, octal(mode & 0o7777, fields.mode));
  put(header, [108, 8], octal(0, fields.mode)); // the owner is whoever unpacks it
  put(header, [116, 8], octal(0, fields.mode));
  put(header, fields.size, octal(Math.min(size, maxOctal), fields.size));
  put(header, fields.modified, octal(Math.min(Math.max(0, modified), maxOctal), fields.modified));
  put(header, fields.type, Buffer.from(flag));
  put(header, fields.link, link);
  put(header, [257, 8], Buffer.from("ustar\x0000"));
  put(header, fields.checksum, Buffer.from(`${checksumOf(header).toString(8).padStart(6, "0")}\0 `));
  return header;
}

/** One record of an extended header: its own length in decimal digits, a space, key=value, a line end. */
function paxRecord(key: string, value: Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from("\n")]);
  let length = rest.length;
  for (let digits = 0; digits !== String(length).length; ) {
    digits = String(length).length;
    length = rest.length + digits;
  }
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function isUtf8(bytes: Buffer): boolean {
  return Buffer.from(bytes.toString("utf8")).equals(bytes);
}

function paxRecords({ path, link, size }: TarMember): Buffer[] {
  const long: [string, Buffer][] = [];
  if (path.length > fields.name[1]) long.push(["path", path]);
  if (link.length > fields.link[1]) long.push(["linkpath", link]);
  const records = long.map(([key, value]) => paxRecord(key, value));
  if (!long.every(([, value]) => isUtf8(value)))
    records.unshift(paxRecord("hdrcharset", Buffer.from("BINARY")));
  if (size > maxOctal) records.push(paxRecord("size", Buffer.from(String(size))));
  return records;
}

/** Zeros up to the end of a block. */
export function padding(bytes: number): Buffer {
  return Buffer.alloc((blockBytes - (bytes % blockBytes)) % blockBytes);
}

/** The header of an entry, with an extended one before it where that is needed. */
export function encodeMember(member: TarMember): Buffer {
  const header = rawHeader({ ...member, flag: typeFlags[member.type] });
  const records = Buffer.concat(paxRecords(member));
  if (records.length === 0) return header;
  const name = Buffer.from("PaxHeader");
  const own = {
    path: name,
    mode: 0o644,
    size: records.length,
    modified: 0,
    link: Buffer.alloc(0),
    flag: "x",
  };
  return Buffer.concat([rawHeader(own), records, padding(records.length), header]);
}
