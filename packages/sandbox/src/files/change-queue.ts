import type { FileChange } from "./types.ts";

/** Changes that nobody has taken yet. */
const enough = 1024;

/** Changes between who tells them and who takes them; bounded by {@link ChangeQueue.room}. */
export interface ChangeQueue {
  push(change: FileChange): void;
  overflow(path: string): void;
  /** Resolves when there is room for more, or all is over. */
  room(): Promise<void>;
  next(): Promise<IteratorResult<FileChange, undefined>>;
  /** What is there is still taken; then it is over. */
  end(): void;
  fail(error: unknown): void;
}

export function createChangeQueue(): ChangeQueue {
  const changes: FileChange[] = [];
  let over = false;
  let failure: { readonly error: unknown } | undefined;
  const takers: (() => void)[] = [];
  let onRoom = () => {};
  const wake = () => {
    for (const taker of takers.splice(0)) taker();
  };
  const push = (change: FileChange) => {
    const last = changes.at(-1);
    const isSame = last?.type === change.type && last.path === change.path;
    if (over || (isSame && (change.type === "modified" || change.type === "overflow"))) return;
    changes.push(change);
    wake();
  };
  return {
    push,
    overflow: (path) => push({ type: "overflow", path }),
    async room() {
      while (changes.length >= enough && !over)
        await new Promise<void>((resolve) => {
          onRoom = resolve;
        });
    },
    async next() {
      while (changes.length === 0 && !over) await new Promise<void>((resolve) => takers.push(resolve));
      const value = changes.shift();
      onRoom();
      if (value !== undefined) return { done: false, value };
      const failed = failure;
      failure = undefined;
      if (failed !== undefined) throw failed.error;
      return { done: true, value: undefined };
    },
    end() {
      over = true;
      wake();
      onRoom();
    },
    fail(error) {
      failure ??= { error };
    },
  };
}
