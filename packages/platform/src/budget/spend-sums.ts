import { dayOf } from "./calendar.ts";
import { addSpend, noSpend, type Spend, type SpendRecord } from "./spend-record.ts";

/** What one model has cost with one key. */
export interface SpendShare extends Spend {
  readonly provider: string;
  readonly model: string;
  /** `…last4` */
  readonly key: string;
}

/** Sums of one month, and of each day in it. */
export class SpendSums {
  readonly #total = new Map<string, Spend>();
  readonly #shares = new Map<string, Map<string, SpendShare>>();

  add(record: SpendRecord): void {
    const day = dayOf(record.at);
    for (const period of [day, day.slice(0, 7)]) {
      this.#total.set(period, addSpend(this.total(period), record));
      const { provider, model, key } = record;
      const id = JSON.stringify([provider, model, key]);
      const shares = this.#shares.get(period) ?? new Map<string, SpendShare>();
      shares.set(id, { provider, model, key, ...addSpend(shares.get(id) ?? noSpend, record) });
      this.#shares.set(period, shares);
    }
  }

  /** @param period a day (`2026-11-22`) or a month (`2026-11`) */
  total(period: string): Spend {
    return this.#total.get(period) ?? noSpend;
  }

  /** In the order in which each was first used. */
  shares(period: string): readonly SpendShare[] {
    return [...(this.#shares.get(period)?.values() ?? [])];
  }
}
