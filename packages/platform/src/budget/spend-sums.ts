import { dayOf } from "./calendar.ts";
import { noSpend, type Spend, type SpendRecord, spendAmounts } from "./spend-record.ts";

/** What one model has cost with one key. */
export interface SpendShare extends Spend {
  readonly provider: string;
  readonly model: string;
  /** `…last4` */
  readonly key: string;
}

type Growing<T> = { -readonly [name in keyof T]: T[name] };

/** Sums of one day or month. They grow in place: a busy month has a hundred thousand records. */
interface PeriodSums {
  readonly total: Growing<Spend>;
  /** By provider, model and key. */
  readonly shares: Map<string, Growing<SpendShare>>;
}

const DAY_MS = 86_400_000;

/** Sums of one month, and of each day in it. */
export class SpendSums {
  readonly #periods = new Map<string, PeriodSums>();
  /** Those that the last record went to: the next one mostly does, too. */
  #current: { readonly day: number; readonly sums: readonly PeriodSums[] } | undefined;

  add(record: SpendRecord): void {
    const { provider, model, key } = record;
    const id = JSON.stringify([provider, model, key]);
    for (const { total, shares } of this.#sumsOf(record.at)) {
      const share = shares.get(id) ?? { provider, model, key, ...noSpend };
      shares.set(id, share);
      for (const amount of spendAmounts) {
        total[amount] += record[amount];
        share[amount] += record[amount];
      }
    }
  }

  /** @param period a day (`2026-11-22`) or a month (`2026-11`) */
  total(period: string): Spend {
    return { ...(this.#periods.get(period)?.total ?? noSpend) };
  }

  /** In the order in which each was first used. */
  shares(period: string): readonly SpendShare[] {
    return [...(this.#periods.get(period)?.shares.values() ?? [])].map((share) => ({ ...share }));
  }

  #sumsOf(at: number): readonly PeriodSums[] {
    const day = Math.floor(at / DAY_MS);
    if (this.#current?.day !== day) {
      const name = dayOf(at);
      this.#current = { day, sums: [this.#period(name), this.#period(name.slice(0, 7))] };
    }
    return this.#current.sums;
  }

  #period(name: string): PeriodSums {
    const sums = this.#periods.get(name) ?? { total: { ...noSpend }, shares: new Map() };
    this.#periods.set(name, sums);
    return sums;
  }
}
