import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { errorCode } from "../files/io-error.ts";
import { currentOwner } from "../files/process-owner.ts";
import { inodeOf, isDamage, type OpenIndex, openIndex, replaceDamaged } from "./open-index.ts";
import { SCHEMA_VERSION } from "./schema.ts";

/** The index of one directory, which is open only while it is used. */
export interface IndexFile {
  /** @returns undefined when the directory is not there */
  read<T>(work: (index: OpenIndex) => T): Promise<T | undefined>;
  /** In one transaction. */
  write<T>(work: (index: OpenIndex) => T): Promise<T | undefined>;
  close(): void;
}

/** Three descriptors each. */
const MAX_OPEN = 32;
const IDLE_MS = 5000;
/** How long to try again while another process writes. */
const BUSY_TIMEOUT_MS = 5000;
/** Once that was in vain: a process that is stopped in the middle of a transaction must not hold up every step of others. */
const SHORT_TIMEOUT_MS = 50;

/** Openings of all directories that begin in one turn of the event loop. */
const MAX_BEGUN = 4;
let begun = 0;
const waiting: (() => void)[] = [];

/** Of all directories, the one used longest ago first. */
const connections = new Set<Connection>();

interface Connection {
  readonly index: OpenIndex;
  readonly idle: NodeJS.Timeout;
  /** Whether it was used; one that somebody has opened and not used yet is not closed for another one. */
  used: boolean;
}

/** How the files of all indexes of this version begin. */
export const INDEX_PREFIX = `.index.v${SCHEMA_VERSION}-`;

/**
 * An index is for one boot of the machine: after a power cut nobody knows what of it the disk has. Nor is one of
 * another version of this package opened.
 */
export function indexName(): string {
  return `${INDEX_PREFIX}${currentOwner().bootId.slice(0, 8)}.db`;
}

/** @param opened called with each new connection: the index may be another one than before */
export function createIndexFile(dir: string, opened: () => void): IndexFile {
  const path = join(dir, indexName());
  let connection: Connection | undefined;
  let opening: Promise<Connection | undefined> | undefined;

  const connect = (): Promise<Connection | undefined> =>
    inTurn(async () => {
      const index = await openIndex(path);
      if (index === undefined) return undefined;
      connection = hold(index);
      opened();
      return connection;
    });
  const current = async (): Promise<Connection | undefined> => {
    if (connection?.index.db.open && inodeOf(path) === connection.index.inode) return connection;
    if (connection !== undefined) drop(connection);
    connection = undefined;
    opening ??= connect().finally(() => {
      opening = undefined;
    });
    return opening;
  };
  const attempt = async <T>(work: (index: OpenIndex) => T): Promise<T | undefined> => {
    for (let damages = 0; ; ) {
      const held = await current();
      if (held === undefined) return undefined;
      // Closed by another user of it between two of our steps.
      if (!held.index.db.open) continue;
      touch(held);
      try {
        return work(held.index);
      } catch (error) {
        if (!isDamage(error) || damages++ > 0) throw error;
        drop(held);
        await replaceDamaged(path, held.index);
      }
    }
  };
  let patience = BUSY_TIMEOUT_MS;
  const patiently = async <T>(work: (index: OpenIndex) => T): Promise<T | undefined> => {
    const until = performance.now() + patience;
    for (;;) {
      try {
        return await attempt(work);
      } catch (error) {
        if (!errorCode(error)?.startsWith("SQLITE_BUSY")) throw error;
        if (performance.now() > until) {
          patience = SHORT_TIMEOUT_MS;
          throw error;
        }
        await sleep(5 + Math.random() * 20);
      }
    }
  };
  return {
    read: patiently,
    write: async (work) => {
      const value = await patiently((index) => index.db.transaction(() => work(index)).immediate());
      patience = BUSY_TIMEOUT_MS;
      return value;
    },
    close: () => {
      if (connection !== undefined) drop(connection);
      connection = undefined;
    },
  };
}

/**
 * Opening takes a millisecond or more without a wait in between: those of thousands of directories at one moment would
 * hold up all else, and be open all together before one of them is used. What an opening waits for, others do not.
 */
async function inTurn<T>(opening: () => Promise<T>): Promise<T> {
  if (begun < MAX_BEGUN) begun += 1;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  setImmediate(() => {
    const next = waiting.shift();
    if (next === undefined) begun -= 1;
    else next();
  });
  return opening();
}

function hold(index: OpenIndex): Connection {
  const idle = setTimeout(() => drop(connection), IDLE_MS).unref();
  const connection = { index, idle, used: false };
  dropOldest();
  connections.add(connection);
  return connection;
}

function touch(connection: Connection): void {
  connection.idle.refresh();
  connection.used = true;
  connections.delete(connection);
  dropOldest();
  connections.add(connection);
}

/** Makes room for one more. */
function dropOldest(): void {
  for (const oldest of connections) {
    if (connections.size < MAX_OPEN) return;
    if (oldest.used) drop(oldest);
  }
}

function drop(connection: Connection): void {
  clearTimeout(connection.idle);
  connections.delete(connection);
  connection.index.db.close();
}
