/** A peer's median, measured in the same run in turn with ours. */
export interface Against {
  readonly p50: number;
  /** Ours divided by it. */
  readonly ratio: number;
}

/** What a row must not exceed, and whether it did. */
export interface Budget {
  /** Of which figure: the row's median, or its ratio to this peer. */
  readonly of: string;
  readonly limit: number;
  readonly measured: number;
  readonly held: boolean;
}

/** One line of the results; the shape that later benchmarks keep. */
export interface Row {
  readonly name: string;
  readonly unit: "ms" | "MB" | "kB" | "µs";
  readonly p50: number;
  readonly p95: number;
  /** Runs that were counted. */
  readonly n: number;
  readonly against: Readonly<Record<string, Against>>;
  /** Peers that this machine could not run, and why. */
  readonly without: Readonly<Record<string, string>>;
  readonly budget?: Budget;
}

/** Rows, or why this machine cannot give them. */
export type Outcome = readonly Row[] | { readonly skipped: string };

export type Benchmark = () => Promise<Outcome>;

/** What is timed. It gives a number where a clock of its own knows the milliseconds better than ours. */
export type Action = () => Promise<unknown>;

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return round(value);
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

export interface Measured {
  readonly name: string;
  readonly unit: Row["unit"];
  readonly values: readonly number[];
  readonly peers?: Readonly<Record<string, readonly number[]>>;
  readonly without?: Row["without"];
  /** At most this, of the median; or of the ratio to a peer. */
  readonly budget?: number | { readonly peer: string; readonly ratio: number };
}

export function toRow({ name, unit, values, peers = {}, without = {}, budget }: Measured): Row {
  const p50 = quantile(values, 0.5);
  const against = Object.fromEntries(
    Object.entries(peers).map(([peer, times]) => {
      const theirs = quantile(times, 0.5);
      return [peer, { p50: theirs, ratio: round(p50 / theirs) }];
    }),
  );
  const row = { name, unit, p50, p95: quantile(values, 0.95), n: values.length, against, without };
  return budget === undefined ? row : { ...row, budget: toBudget(row, budget) };
}

function toBudget(row: Row, budget: NonNullable<Measured["budget"]>): Budget {
  const [of, limit, measured] =
    typeof budget === "number"
      ? ["p50", budget, row.p50]
      : [`ratio to ${budget.peer}`, budget.ratio, row.against[budget.peer]?.ratio ?? Number.NaN];
  return { of, limit, measured, held: measured <= limit };
}

/** Runs of `action` in milliseconds, after some that are not counted. */
export async function timeRuns(runs: number, action: Action, warmup = 5): Promise<number[]> {
  const times: number[] = [];
  for (let run = -warmup; run < runs; run++) {
    const start = performance.now();
    const own = await action();
    if (run >= 0) times.push(typeof own === "number" ? own : performance.now() - start);
  }
  return times;
}

/** Milliseconds of each action, run in turn, so that what else the machine does meets all alike. */
export async function timeInTurn(
  runs: number,
  actions: Readonly<Record<string, Action>>,
): Promise<Record<string, number[]>> {
  const all = Object.entries(actions).map(([name, action]) => ({ name, action, times: [] as number[] }));
  for (let run = 0; run < runs; run++)
    for (const { action, times } of all) times.push(...(await timeRuns(1, action, run === 0 ? 5 : 0)));
  return Object.fromEntries(all.map(({ name, times }) => [name, times]));
}

interface Group {
  readonly runs: number;
  readonly actions: Readonly<Record<string, Action>>;
  /** A failure ends the group and not the benchmark. */
  readonly peer?: boolean;
}

interface Blocks {
  readonly times: Readonly<Record<string, readonly number[]>>;
  /** Peers that failed, and how. */
  readonly failed: Readonly<Record<string, string>>;
}

/**
 * Groups of actions in blocks, one group after the other and all again: for a peer that leaves the kernel so much
 * to clean up that the next action is slow too, whichever it is.
 */
export async function timeInBlocks(blocks: number, groups: readonly Group[]): Promise<Blocks> {
  const all: Record<string, readonly number[]> = {};
  const failed: Record<string, string> = {};
  const run = async ({ runs, actions, peer }: Group) => {
    const names = Object.keys(actions);
    if (names.some((name) => name in failed)) return;
    try {
      const times = await timeInTurn(runs, actions);
      for (const name of names) all[name] = [...(all[name] ?? []), ...(times[name] ?? [])];
    } catch (error) {
      if (peer !== true) throw error;
      for (const name of names) failed[name] = error instanceof Error ? error.message : String(error);
    }
  };
  for (let block = 0; block < blocks; block++) for (const group of groups) await run(group);
  const times = Object.fromEntries(Object.entries(all).filter(([name]) => !(name in failed)));
  return { times, failed };
}
