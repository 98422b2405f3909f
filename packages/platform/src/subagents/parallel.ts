import { type OptionReader, readOptions } from "../options/option-reader.ts";
import { Slots } from "./slots.ts";
import { limitTime } from "./time-limit.ts";

/** What is to be done, how many at once, and for how long. */
export interface ParallelSubagentsOptions<Task, Value> {
  readonly tasks: readonly Task[];
  /** Carries out one task, such as by `workspace.run({ message, signal })`. It has to obey the signal. */
  readonly run: (task: Task, call: ParallelSubagentCall) => Promise<Value>;
  /** How many go on at once, 1 to 64. Default 4. */
  readonly maxConcurrent?: number | undefined;
  /** Milliseconds for each task, 1 to 86,400,000, counted from its beginning. Default: no limit. */
  readonly runTimeoutMs?: number | undefined;
  /** Ends those that go on, and lets no further one begin. */
  readonly signal?: AbortSignal | undefined;
}

/** One task's own things. */
export interface ParallelSubagentCall {
  /** Where the task stands in the list, from 0. */
  readonly index: number;
  /** Aborts when the task's time is over, or the caller's signal does. */
  readonly signal: AbortSignal;
}

/** What a task came to. Milliseconds count from its beginning; 0 for one that never began. */
export type ParallelSubagentOutcome<Value> =
  | { readonly status: "fulfilled"; readonly value: Value; readonly durationMs: number }
  | { readonly status: "rejected"; readonly reason: unknown; readonly durationMs: number };

const KNOWN = ["tasks", "run", "maxConcurrent", "runTimeoutMs", "signal"] as const;
const DEFAULT_CONCURRENT = 4;

/** How long a task that was ended is waited for, so that what it held is gone when its place is given on. */
const GRACE_MS = 10_000;

/**
 * Carries out tasks, some at a time, in their order. Never rejects for a task: one that throws, or whose time
 * is over (`SubagentTimeoutError`), is a rejected outcome, and the others go on. A task that was ended is
 * waited for up to 10 s more; one that does not obey its signal even then goes on unseen.
 *
 * @returns outcomes in the order of the tasks
 * @throws InvalidOptionError
 */
export async function spawnSubagentsParallel<Task, Value>(
  options: ParallelSubagentsOptions<Task, Value>,
): Promise<ParallelSubagentOutcome<Value>[]> {
  const { tasks, maxConcurrent, runTimeoutMs, signal } = parseOptions(options);
  const slots = new Slots(maxConcurrent);
  const never = new AbortController().signal;
  const runOne = async (task: Task, index: number): Promise<ParallelSubagentOutcome<Value>> => {
    let release: () => void;
    try {
      release = await slots.take(signal ?? never);
    } catch (reason) {
      return { status: "rejected", reason, durationMs: 0 };
    }
    const begun = performance.now();
    const limit = limitTime(signal, runTimeoutMs);
    try {
      const value = await orGivenUp(
        async () => options.run(task, { index, signal: limit.signal }),
        limit.signal,
      );
      const late = limit.timedOut();
      if (late !== undefined) throw late;
      return { status: "fulfilled", value, durationMs: performance.now() - begun };
    } catch (error) {
      const reason = limit.timedOut() ?? error;
      return { status: "rejected", reason, durationMs: performance.now() - begun };
    } finally {
      limit.end();
      release();
    }
  };
  return Promise.all(tasks.map(runOne));
}

/** Waits for work, but for one that was told to end only for a while. */
async function orGivenUp<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  const givenUp = new Promise<never>((_, reject) => {
    onAbort = () => {
      timer = setTimeout(() => reject(signal.reason), GRACE_MS);
    };
    signal.addEventListener("abort", onAbort, { once: true });
  });
  // It may have aborted just before.
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work(), givenUp]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

function parseOptions<Task, Value>(input: ParallelSubagentsOptions<Task, Value>) {
  const options: OptionReader = readOptions("spawnSubagentsParallel", input, KNOWN);
  if (options.optionalList("tasks") === undefined) throw options.refuse("tasks", "is missing; give a list");
  const { tasks, run, signal } = input;
  if (typeof run !== "function") throw options.refuse("run", "must be a function");
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw options.refuse("signal", "must be an AbortSignal");
  return {
    tasks: [...tasks],
    signal,
    maxConcurrent: options.optionalWhole("maxConcurrent", { least: 1, most: 64 }) ?? DEFAULT_CONCURRENT,
    runTimeoutMs: options.optionalWhole("runTimeoutMs", { least: 1, most: 86_400_000 }),
  };
}
