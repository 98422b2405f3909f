import type { Candidate } from "../chain/types.ts";
import { readOptions } from "../read-options.ts";

/** Context windows in tokens, by `provider/model`. */
export type ContextWindows = Readonly<Record<string, number>>;

/**
 * The context window of a model in tokens: what `windows` says of `provider/model`, else what the
 * candidate itself says. This package knows no models.
 *
 * @returns undefined where neither does
 * @throws FallbackOptionsError where it is no whole number of at least 1
 */
export function contextWindowOf(candidate: Candidate, windows: ContextWindows = {}): number | undefined {
  const name = `${candidate.provider}/${candidate.model}`;
  const window = Object.hasOwn(windows, name) ? windows[name] : candidate.contextWindow;
  if (window === undefined) return undefined;
  const range = { least: 1, most: Number.MAX_SAFE_INTEGER, whole: true };
  return readOptions("contextWindowOf", { [name]: window }, [name]).number(name, range);
}
