import { randomBytes } from "node:crypto";
import { chmod, lstat, readdir, rename, rmdir, unlink } from "node:fs/promises";
import { errorCode } from "./io-error.ts";

/**
 * Removes a directory that a hostile program may have filled. No symlink is followed; directories
 * that forbid reading are opened first; names are handled as bytes, since they need not be UTF-8.
 * And no path is ever longer than the one of `root` by more than two names: a directory found
 * inside is moved up to `root` before it is emptied, because a tree nested deeper than PATH_MAX
 * (4096 bytes) cannot be reached by path at all.
 *
 * Resolves when nothing is left, also when there was nothing, or when somebody else removes it too.
 */
export async function removeTree(root: string): Promise<void> {
  const top = Buffer.from(root);
  await openUp(top);
  const waiting: Buffer[] = [];
  await emptyInto(top, top, waiting);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    await emptyInto(next, top, waiting);
    await unlessGone(rmdir(next));
  }
  await unlessGone(rmdir(top));
}

/** Unlinks what is in `directory`; its directories are moved to `top` and queued. */
async function emptyInto(directory: Buffer, top: Buffer, waiting: Buffer[]): Promise<void> {
  for (const name of (await unlessGone(readdir(directory, { encoding: "buffer" }))) ?? []) {
    const path = join(directory, name);
    const stat = await unlessGone(lstat(path));
    if (stat === undefined) continue;
    if (stat.isDirectory()) waiting.push(await moveUp(path, directory, top));
    else await unlessGone(unlink(path));
  }
}

async function moveUp(path: Buffer, directory: Buffer, top: Buffer): Promise<Buffer> {
  // A directory can only be moved by who may write it: its ".." changes.
  await openUp(path);
  if (directory === top) return path;
  const moved = join(top, Buffer.from(`moved-${randomBytes(8).toString("hex")}`));
  await unlessGone(rename(path, moved));
  return moved;
}

async function openUp(directory: Buffer): Promise<void> {
  const stat = await unlessGone(lstat(directory));
  // Checked by lstat, since chmod would follow a symlink.
  if (stat?.isDirectory() && (stat.mode & 0o700) !== 0o700) await unlessGone(chmod(directory, 0o700));
}

function join(directory: Buffer, name: Buffer): Buffer {
  return Buffer.concat([directory, Buffer.from("/"), name]);
}

async function unlessGone<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
