import { Buffer } from "node:buffer";
import { archiveError } from "./file-error.ts";

const maxPathBytes = 4095;

function namesOf(path: Buffer): string[] {
  return path
    .toString("latin1")
    .split("/")
    .filter((name) => name !== "" && name !== ".");
}

function show(path: Buffer): string {
  return JSON.stringify(path.toString("utf8"));
}

/**
 * An entry's path beneath where the archive is unpacked, tidied; empty for that directory itself.
 *
 * @throws FileError where it is not beneath
 */
export function archivePath(path: Buffer): Buffer {
  const names = namesOf(path);
  if (path[0] === 0x2f || names.includes(".."))
    throw archiveError(`${show(path)} leads out of the directory; pack it by paths beneath it`);
  if (path.includes(0) || path.length > maxPathBytes) throw archiveError(`${show(path)} is no path`);
  return Buffer.from(names.join("/"), "latin1");
}

/**
 * Refuses a symbolic link that may lead out of the directory in which `path` is: an absolute one, one with more ".."
 * than there are directories above it, or with ".." after a name, which may be a link itself.
 *
 * @throws FileError
 */
export function checkLink(path: Buffer, link: Buffer): void {
  const names = namesOf(link);
  const up = names.findIndex((name) => name !== "..");
  const leading = up < 0 ? names.length : up;
  const above = namesOf(path).length - 1;
  if (link[0] === 0x2f || leading > above || names.slice(leading).includes(".."))
    throw archiveError(
      `the symbolic link ${show(path)} leads out of the directory, to ${show(link)}; leave it out, or allow it with links: "any"`,
    );
}
