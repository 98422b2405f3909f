import { type FileHandle, open, rename, stat } from "node:fs/promises";
import { isReason } from "../chain/reason-rules.ts";
import { CooldownStoreError } from "../errors.ts";
import { isObject } from "../read-options.ts";
import { errorCode, unlessGone } from "./file-error.ts";
import type { Cooldown } from "./types.ts";

export type CooldownEntries = ReadonlyMap<string, Cooldown>;

/** One version of the file, and what was in it. */
export interface CooldownFile {
  /** Tells versions apart; undefined where the file is too young for that. */
  readonly version: string | undefined;
  readonly entries: CooldownEntries;
}

const FORMAT = 1;

/** Within one tick of the file system's clock several files may get the same time, and even the same inode. */
const SETTLED_MS = 1000;

const MAX_BYTES = 16 * 1024 * 1024;

const NO_VERSION = "none";

const NO_FILE: CooldownFile = { version: NO_VERSION, entries: new Map() };

/**
 * Reads the file; one that is not there is an empty one.
 *
 * @param known what was read last; it is the answer where the file is still the same
 * @throws CooldownStoreError
 */
export async function readCooldownFile(path: string, known?: CooldownFile): Promise<CooldownFile> {
  if (known !== undefined && (await versionOf(path)) === known.version) return known;
  const file = await open(path, "r").catch(unlessGone);
  if (file === undefined) return NO_FILE;
  try {
    const stat = await file.stat({ bigint: true });
    if (stat.size > MAX_BYTES) throw refused(path, `it is larger than ${MAX_BYTES} bytes`);
    const isSettled = Date.now() - Number(stat.mtimeMs) > SETTLED_MS;
    return {
      version: isSettled ? versionIn(stat) : undefined,
      entries: parse(path, await file.readFile("utf8")),
    };
  } finally {
    await file.close();
  }
}

/** Replaces the file as a whole: a reader, or a crash, sees the old one or the new one. */
export async function writeCooldownFile(path: string, entries: CooldownEntries): Promise<void> {
  // One name for all: only the holder of the lock writes, and so a crash leaves one leftover at most.
  const fresh = `${path}.new`;
  const file = await open(fresh, "w", 0o600);
  try {
    await write(file, `${JSON.stringify({ format: FORMAT, cooldowns: Object.fromEntries(entries) })}\n`);
  } finally {
    await file.close();
  }
  await rename(fresh, path);
}

/** On the disk before the name is given: else a power cut could leave an empty file behind it. */
async function write(file: FileHandle, text: string): Promise<void> {
  await file.writeFile(text);
  await file.sync();
}

async function versionOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(unlessGone);
  return found === undefined ? NO_VERSION : versionIn(found);
}

function versionIn({ ino, size, mtimeNs }: { ino: bigint; size: bigint; mtimeNs: bigint }): string {
  return `${ino}.${size}.${mtimeNs}`;
}

function parse(path: string, text: string): CooldownEntries {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (cause) {
    throw refused(path, "it is not JSON", cause);
  }
  if (!isObject(file) || file.format !== FORMAT || !isObject(file.cooldowns)) {
    throw refused(path, `it is not a file of cooldowns of format ${FORMAT}`);
  }
  const entries = new Map<string, Cooldown>();
  for (const [id, entry] of Object.entries(file.cooldowns)) {
    if (!isCooldown(entry)) throw refused(path, `its entry ${JSON.stringify(id)} is not a cooldown`);
    entries.set(id, entry);
  }
  return entries;
}

function isCooldown(value: unknown): value is Cooldown {
  if (!isObject(value)) return false;
  const { reason, failures, until, probeFrom, probeAt, failedAt } = value;
  return (
    typeof reason === "string" &&
    isReason(reason) &&
    [failures, until, probeFrom, failedAt, probeAt ?? 0].every(
      (number) => typeof number === "number" && Number.isFinite(number) && number >= 0,
    )
  );
}

function refused(path: string, why: string, cause?: unknown): CooldownStoreError {
  const advice = "it is left as it is: repair it, or remove it to begin with no cooldowns";
  return new CooldownStoreError(path, `${path} cannot be read: ${why}; ${advice}`, cause);
}

/** Turns what the file system says into the store's own error. */
export function storeError(path: string, error: unknown): CooldownStoreError {
  if (error instanceof CooldownStoreError) return error;
  const missing = errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR";
  const advice = missing ? "make its directory first" : "see the cause";
  return new CooldownStoreError(
    path,
    `${path} cannot be used (${errorCode(error) ?? "?"}); ${advice}`,
    error,
  );
}
