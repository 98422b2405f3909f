/** One line of the results; the shape that later benchmarks keep. */
export interface Row {
  readonly name: string;
  readonly unit: "ms" | "MB" | "µs";
  readonly p50: number;
  readonly p95: number;
  /** Runs that were counted. */
  readonly n: number;
  /** Medians of peers, measured in the same run in turn with ours. */
  readonly against?: Readonly<Record<string, number>>;
  /** Ours divided by the first peer's. */
  readonly ratio?: number;
  /** What it must not exceed: of `p50`, or of `ratio` where there is one. */
  readonly budget?: number;
}

/** A benchmark gives its rows, or says why this machine cannot run it. */
export type Benchmark = () => Promise<readonly Row[] | { readonly skipped: string }>;

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

export interface Measured {
  readonly name: string;
  readonly unit: Row["unit"];
  readonly values: readonly number[];
  readonly peers?: Readonly<Record<string, readonly number[]>>;
  readonly budget?: number;
}

export function toRow({ name, unit, values, peers = {}, budget }: Measured): Row {
  const sorted = values.toSorted((a, b) => a - b);
  const against = Object.fromEntries(
    Object.entries(peers).map(([peer, times]) => [
      peer,
      round(
        quantile(
          times.toSorted((a, b) => a - b),
          0.5,
        ),
      ),
    ]),
  );
  const first = Object.values(against)[0];
  return {
    name,
    unit,
    p50: round(quantile(sorted, 0.5)),
    p95: round(quantile(sorted, 0.95)),
    n: values.length,
    ...(first !== undefined && { against, ratio: round(quantile(sorted, 0.5) / first) }),
    ...(budget !== undefined && { budget }),
  };
}

/** Runs of `action` in milliseconds, after some that are not counted. */
export async function timeRuns(runs: number, action: () => Promise<void>, warmup = 5): Promise<number[]> {
  const times: number[] = [];
  for (let run = -warmup; run < runs; run++) {
    const start = performance.now();
    await action();
    if (run >= 0) times.push(performance.now() - start);
  }
  return times;
}
