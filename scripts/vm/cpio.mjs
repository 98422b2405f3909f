// The archive that Linux takes as its first file system: the "newc" form of cpio
// (Documentation/driver-api/early-userspace/buffer-format.rst).

/**
 * @typedef {object} Entry
 * @property {string} path without a leading slash; the directories above it come before it
 * @property {Buffer} [content] of a file; a directory has none
 * @property {number} [mode] permission bits, 0o755 by default
 */

const DIRECTORY = 0o040000;
const FILE = 0o100000;

/** @param {readonly Entry[]} entries @returns {Buffer} */
export function makeCpio(entries) {
  const trailer = { path: "TRAILER!!!", content: Buffer.alloc(0), mode: 0 };
  return Buffer.concat([...entries, trailer].flatMap((entry, index) => encode(entry, index + 1)));
}

/** @param {Entry} entry @param {number} inode */
function encode({ path, content, mode = 0o755 }, inode) {
  const name = Buffer.from(`${path}\0`);
  const type = content === undefined ? DIRECTORY : FILE;
  const size = content?.length ?? 0;
  // inode, mode, uid, gid, links, time, size, device and special device as major and minor, length of the name, no checksum
  const numbers = [inode, type | mode, 0, 0, 1, 0, size, 0, 0, 0, 0, name.length, 0];
  const header = `070701${numbers.map((number) => number.toString(16).padStart(8, "0")).join("")}`;
  const head = Buffer.concat([Buffer.from(header), name]);
  return [padded(head), padded(content ?? Buffer.alloc(0))];
}

/** @param {Buffer} part @returns {Buffer} with zeros up to a multiple of 4 */
function padded(part) {
  return Buffer.concat([part, Buffer.alloc((4 - (part.length % 4)) % 4)]);
}
