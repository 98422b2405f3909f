import { Buffer } from "node:buffer";
import type { Connection } from "../attendant/connection.ts";
import { operations } from "../attendant/protocol.ts";
import { type ChangeQueue, createChangeQueue } from "./change-queue.ts";
import { type Incoming, openBase, perform, receive } from "./exchange.ts";
import { attemptTo, type FileAccess } from "./file-access.ts";
import { parseWatch } from "./file-options.ts";
import { readInotifyEvents, watchedKinds } from "./inotify.ts";
import { createTranslator, type Translator } from "./translate-changes.ts";
import type { FileChange, FilePath, FileWatch, WatchOptions } from "./types.ts";
import { createWatchSet } from "./watch-set.ts";

/** For the second half of a rename, which the kernel tells right after the first. */
const renameMs = 20;

interface Watching {
  readonly incoming: Incoming;
  readonly translator: Translator;
  close(): void;
}

/** Begins to watch a directory or a file. */
async function begin(
  connection: Connection,
  path: Buffer,
  { recursive, changes }: { readonly recursive: boolean; readonly changes: ChangeQueue },
): Promise<Watching> {
  const attempt = attemptTo("watch", path);
  const incoming = receive(connection, { operation: operations.watch }, attempt);
  let refused: unknown;
  incoming.opened.catch((error: unknown) => {
    refused = error;
  });
  const open = () => openBase(connection, { path }, attempt);
  const set = createWatchSet({ connection, id: incoming.id, open, attempt });
  const translator = createTranslator({ path, set, recursive, changes });
  try {
    const ask = { operation: operations.watchAdd, path, a: BigInt(incoming.id), mode: watchedKinds };
    set.know(Number(await perform(connection, ask, attempt)), Buffer.alloc(0));
    // What is there when the watch begins is no change.
    if (recursive && (await set.addTree(Buffer.alloc(0))) === undefined) changes.overflow(attempt.path);
    return { incoming, translator, close: incoming.cancel };
  } catch (error) {
    incoming.cancel();
    throw refused ?? error; // of a watch that there is not, nothing else can be told
  }
}

async function pump({ incoming, translator }: Watching, changes: ChangeQueue): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    for (let chunk = await incoming.next(); chunk !== undefined; chunk = await incoming.next()) {
      clearTimeout(timer);
      for (const event of readInotifyEvents(chunk)) if (await translator.handle(event)) return;
      timer = setTimeout(translator.settle, renameMs);
      // While nobody takes changes none are asked for: the kernel keeps some, and says when it could not.
      await changes.room();
    }
  } finally {
    clearTimeout(timer);
  }
}

export async function watch(access: FileAccess, given: FilePath, options: WatchOptions): Promise<FileWatch> {
  const { recursive, signal } = parseWatch(options);
  signal?.throwIfAborted();
  const path = access.parse(given);
  const release = access.slots.long();
  const changes = createChangeQueue();
  let watching: Watching;
  try {
    watching = await begin(await access.connect(), path, { recursive, changes });
  } catch (error) {
    release();
    throw error;
  }
  const close = () => {
    signal?.removeEventListener("abort", close);
    watching.close();
    changes.end();
    release();
  };
  signal?.addEventListener("abort", close, { once: true });
  if (signal?.aborted) close();
  pump(watching, changes).then(close, (error: unknown) => {
    // A sandbox that ends takes its watches along; that is told elsewhere.
    if (access.living.end === undefined) changes.fail(error);
    close();
  });
  const next = async (): Promise<IteratorResult<FileChange, undefined>> => changes.next();
  return {
    close,
    [Symbol.asyncIterator]: () => ({
      next,
      async return() {
        close();
        return { done: true, value: undefined };
      },
    }),
  };
}
