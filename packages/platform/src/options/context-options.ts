import { type OptionReader, readOptions } from "./option-reader.ts";

/** How long a conversation may be. Sizes are tokens. */
export interface ContextOptions {
  /**
   * Context windows by `"provider/model"`, in the place of the catalogue's, or where no catalogue has one,
   * as for a server of one's own.
   */
  readonly windows?: Readonly<Record<string, number>> | undefined;
  /** Room left for the answer below which the run is told once of it. Default 32,000. */
  readonly warnTokens?: number | undefined;
  /** Room left below which the model is not asked; the request counts as too long. Default 16,000. */
  readonly blockTokens?: number | undefined;
  /**
   * The part of the model's window, above 0 and up to 1, from which on the conversation is summarised before the
   * model is asked. Default 0.8; 1 waits until the request is too long.
   */
  readonly compactAt?: number | undefined;
}

const KNOWN = ["windows", "warnTokens", "blockTokens", "compactAt"] satisfies (keyof ContextOptions)[];

/** No model's window is as long as this. */
const MOST_TOKENS = 1_000_000_000;

/** Reads the option `context`. */
export function optionalContext(options: OptionReader): ContextOptions {
  const given = options.optionalObject("context");
  if (given === undefined) return {};
  const context = readOptions("the option context", given, KNOWN);
  return {
    windows: readWindows(context),
    warnTokens: context.optionalWhole("warnTokens", { least: 0, most: MOST_TOKENS }),
    blockTokens: context.optionalWhole("blockTokens", { least: 0, most: MOST_TOKENS }),
    compactAt: readCompactAt(context),
  };
}

function readCompactAt(context: OptionReader): number | undefined {
  const share = context.optionalNumber("compactAt");
  if (share !== undefined && (share <= 0 || share > 1))
    throw context.refuse("compactAt", "must be above 0 and at most 1");
  return share;
}

function readWindows(context: OptionReader): Readonly<Record<string, number>> | undefined {
  const given = context.optionalObject("windows");
  if (given === undefined) return undefined;
  const names = Object.keys(given);
  const strange = names.find((name) => !/^[^/]+\/./.test(name));
  if (strange !== undefined) {
    throw context.refuse("windows", `: ${JSON.stringify(strange)} is not of the form "provider/model"`);
  }
  const windows = readOptions("the option context.windows", given, names);
  const entries = names.map((name) => [name, windows.optionalWhole(name, { least: 1, most: MOST_TOKENS })]);
  return Object.fromEntries(entries.filter(([, tokens]) => tokens !== undefined));
}

/** The stronger level's thresholds, and both levels' windows. */
export function mergeContext(stronger: ContextOptions, weaker: ContextOptions): ContextOptions {
  return {
    windows: { ...weaker.windows, ...stronger.windows },
    warnTokens: stronger.warnTokens ?? weaker.warnTokens,
    blockTokens: stronger.blockTokens ?? weaker.blockTokens,
    compactAt: stronger.compactAt ?? weaker.compactAt,
  };
}
