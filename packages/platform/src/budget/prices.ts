import { type OptionReader, readOptions } from "../options/option-reader.ts";

/** US dollars per million tokens; each 0 or more. */
export interface ModelPrice {
  /** Of prompt tokens. */
  readonly input: number;
  /** Of tokens of the answers. */
  readonly output: number;
  /** Of prompt tokens that come from the provider's cache. Default: `input`. */
  readonly cacheRead?: number | undefined;
  /** Of prompt tokens that go into the provider's cache. Default: `input`. */
  readonly cacheWrite?: number | undefined;
}

/** Prices by `provider/model`, stronger than the catalogue's. */
export type ModelPrices = Readonly<Record<string, ModelPrice>>;

/** A price with nothing left out. */
export type FullPrice = { readonly [kind in keyof ModelPrice]-?: number };

const kinds = ["input", "output", "cacheRead", "cacheWrite"] as const satisfies readonly (keyof ModelPrice)[];

/**
 * Reads the option `prices`.
 *
 * @throws InvalidOptionError
 */
export function optionalPrices(options: OptionReader): ReadonlyMap<string, FullPrice> {
  const prices = new Map<string, FullPrice>();
  for (const [name, given] of Object.entries(options.optionalObject("prices") ?? {})) {
    if (given === undefined) continue;
    if (!/^[^/]+\/./.test(name))
      throw options.refuse("prices", `: ${JSON.stringify(name)} must be a "provider/model"`);
    prices.set(name, readPrice(`the option prices[${JSON.stringify(name)}]`, given));
  }
  return prices;
}

function readPrice(where: string, given: unknown): FullPrice {
  const options = readOptions(where, given, kinds);
  const read = (kind: keyof ModelPrice, fallback?: number): number => {
    const value = options.optionalNumber(kind) ?? fallback;
    if (value === undefined || value < 0)
      throw options.refuse(kind, "must be US dollars per million tokens, 0 or more");
    return value;
  };
  const input = read("input");
  return {
    input,
    output: read("output"),
    cacheRead: read("cacheRead", input),
    cacheWrite: read("cacheWrite", input),
  };
}

/**
 * The price of a model that a catalogue describes. One that costs nothing there may be free, or cost what
 * nobody has noted (a router's `auto`, a new model): it counts as unknown, until the application says it.
 */
export function knownPrice(cost: FullPrice | undefined): FullPrice | undefined {
  return cost === undefined || (cost.input === 0 && cost.output === 0) ? undefined : cost;
}

/** What so many tokens cost, in US dollars. */
export function costOf(tokens: { readonly [kind in keyof ModelPrice]?: number }, price: FullPrice): number {
  return kinds.reduce((sum, kind) => sum + ((tokens[kind] ?? 0) * price[kind]) / 1_000_000, 0);
}
