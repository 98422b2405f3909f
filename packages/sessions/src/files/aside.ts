import { randomUUID } from "node:crypto";
import { type FileHandle, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { makeDirectory, syncDirectory } from "./durable-file.ts";
import { errorCode, unlessGone } from "./io-error.ts";
import { type ByteRange, readPiece } from "./lines.ts";

const PIECE_BYTES = 1024 * 1024;

/**
 * Where parts of transcripts are kept that were no entries: in a directory of their own, which is empty or
 * not there in good times, so that a session can be deleted with all that is left of it without a look at
 * every other session's file. A session id never begins with a dot.
 */
function asideDirectory(transcript: string): string {
  return join(dirname(transcript), ".aside");
}

/**
 * Copies a part of a transcript into a file `<transcript>.<what>` of `.aside`, for good. A copy that is there
 * already is left as it is.
 *
 * @param what such as `corrupt-120`
 * @returns the path of the copy
 */
export async function keepAside(transcript: string, what: string, part: ByteRange): Promise<string> {
  const directory = asideDirectory(transcript);
  const kept = join(directory, `${basename(transcript)}.${what}`);
  await makeDirectory(directory);
  if (await isThere(kept)) return kept;
  const unfinished = `${kept}.${randomUUID()}`;
  try {
    await copy(transcript, unfinished, part);
    await rename(unfinished, kept);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await syncDirectory(directory);
  return kept;
}

/** Removes what was kept of a transcript. */
export async function removeAside(transcript: string): Promise<void> {
  const directory = asideDirectory(transcript);
  const names = (await readdir(directory).catch(unlessGone)) ?? [];
  // "a" and "a.jsonl.torn-1" are both ids: what follows a name is looked at whole.
  const own = names.filter((name) => isOf(name, basename(transcript)));
  for (const name of own) await rm(join(directory, name), { force: true });
  if (own.length > 0) await syncDirectory(directory);
}

function isOf(name: string, transcript: string): boolean {
  return (
    name.startsWith(`${transcript}.`) &&
    /^(torn|corrupt)-[^.]*(\.[0-9a-f-]{36})?$/.test(name.slice(transcript.length + 1))
  );
}

async function isThere(path: string): Promise<boolean> {
  try {
    await (await open(path, "r")).close();
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

async function copy(from: string, to: string, part: ByteRange): Promise<void> {
  await using source = await open(from, "r");
  await using target = await open(to, "wx", 0o600);
  for (let at = part.from; at < part.to; ) {
    const piece = await readPiece(source, { from: at, to: Math.min(part.to, at + PIECE_BYTES) });
    if (piece.length === 0) break;
    await writeWhole(target, piece);
    at += piece.length;
  }
  await target.sync();
}

/** A write may be cut short, as by a disk that is nearly full; what is missing is written by the next one, or fails. */
export async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length; )
    written += (await file.write(bytes, written, bytes.length - written)).bytesWritten;
}
