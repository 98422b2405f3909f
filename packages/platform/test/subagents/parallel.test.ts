import { setTimeout as after } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { InvalidOptionError, SubagentTimeoutError, spawnSubagentsParallel } from "../../src/index.ts";

/** Work that ends when it is told to, and counts how many go on at once. */
function works() {
  const open = new Map<number, { resolve(value: string): void; reject(error: unknown): void }>();
  let most = 0;
  const run = (task: string, { index }: { index: number }) =>
    new Promise<string>((resolve, reject) => {
      open.set(index, { resolve: () => resolve(task.toUpperCase()), reject });
      most = Math.max(most, open.size);
    });
  const finish = async (index: number, error?: unknown) => {
    const work = open.get(index);
    open.delete(index);
    if (error === undefined) work?.resolve("");
    else work?.reject(error);
    await after(0);
  };
  return { run, finish, open, most: () => most };
}

describe("spawnSubagentsParallel", () => {
  test("gives outcomes in the order of the tasks, however these end, and never has more at once", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        fc.infiniteStream(fc.nat()),
        async (fates, maxConcurrent, choices) => {
          const { run, finish, open, most } = works();
          const tasks = fates.map((_, index) => `task ${index}`);
          const all = spawnSubagentsParallel({ tasks, maxConcurrent, run });
          await after(0);
          while (open.size > 0) {
            const [choice = 0] = choices.take(1);
            const index = [...open.keys()][choice % open.size] ?? 0;
            await finish(index, fates[index] === true ? undefined : new RangeError(`no ${index}`));
          }
          const outcomes = await all;
          expect(outcomes).toMatchObject(
            fates.map((good, index) =>
              good
                ? { status: "fulfilled", value: `TASK ${index}` }
                : { status: "rejected", reason: { message: `no ${index}` } },
            ),
          );
          expect(most()).toBe(Math.min(maxConcurrent, tasks.length));
        },
      ),
      { numRuns: 60 },
    );
  });

  test("begins no further task while one that was ended has not let go", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const begun: string[] = [];
      let letGo = (): void => undefined;
      const run = async (task: string, { signal }: { signal: AbortSignal }) => {
        begun.push(task);
        if (task === "b") return "b";
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
        await new Promise<void>((resolve) => (letGo = resolve));
        throw signal.reason;
      };
      const all = spawnSubagentsParallel({ tasks: ["a", "b"], maxConcurrent: 1, runTimeoutMs: 50, run });
      await vi.advanceTimersByTimeAsync(60);
      expect(begun).toEqual(["a"]);
      letGo();
      const [a, b] = await all;
      expect(a).toMatchObject({ status: "rejected", reason: { code: "SUBAGENT_TIMEOUT", timeoutMs: 50 } });
      expect(b).toMatchObject({ status: "fulfilled", value: "b" });
    } finally {
      vi.useRealTimers();
    }
  });

  test("gives up a task that does not obey its signal, after a while", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const run = () => new Promise<never>(() => undefined);
      const all = spawnSubagentsParallel({ tasks: [1], runTimeoutMs: 50, run });
      await vi.advanceTimersByTimeAsync(20_000);
      expect(await all).toMatchObject([{ status: "rejected", reason: expect.any(SubagentTimeoutError) }]);
    } finally {
      vi.useRealTimers();
    }
  });

  test("ends what goes on and begins nothing more when the caller's signal aborts", async () => {
    const abort = new AbortController();
    const begun: number[] = [];
    const run = (task: number, { signal }: { signal: AbortSignal }) => {
      begun.push(task);
      if (task === 2) abort.abort("enough");
      return new Promise<never>((_, reject) => {
        if (signal.aborted) reject(signal.reason);
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    };
    const tasks = [1, 2, 3, 4];
    const outcomes = await spawnSubagentsParallel({ tasks, maxConcurrent: 2, run, signal: abort.signal });
    expect(outcomes).toMatchObject(tasks.map(() => ({ status: "rejected", reason: "enough" })));
    expect(begun).toEqual([1, 2]);
  });

  test("takes a function that throws at once for a failed task", async () => {
    const run = (): Promise<string> => {
      throw new RangeError("at once");
    };
    const outcomes = await spawnSubagentsParallel({ tasks: [1], run });
    expect(outcomes).toMatchObject([{ status: "rejected", reason: { message: "at once" } }]);
  });

  test.each([
    ["an unknown option", { maxConcurrency: 3 }],
    ["no function", { run: "go" }],
    ["no list", { tasks: "one" }],
    ["no place for any", { maxConcurrent: 0 }],
    ["no time", { runTimeoutMs: 0 }],
    ["a signal that is none", { signal: {} }],
  ])("refuses %s", async (_, wrong) => {
    const options = { tasks: [1], run: async () => 1, ...wrong };
    // @ts-expect-error as a caller without types might
    await expect(spawnSubagentsParallel(options)).rejects.toBeInstanceOf(InvalidOptionError);
  });
});
