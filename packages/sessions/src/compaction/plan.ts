import { withShortResults } from "../context/shortened.ts";
import type { TokenEstimate } from "../context/token-estimate.ts";
import type { ConversationPart } from "../context/visible-message.ts";
import type { Message } from "../messages.ts";

/** How a conversation can be made shorter. */
export interface CompactionPlan {
  /** What is to be summarised, an earlier summary included. Empty: only tool results are to be cut. */
  readonly older: readonly Message[];
  /** Where that ends. */
  readonly firstKeptEntryId: string;
  /** The kept part begins behind the user's last message, which the summary has to repeat. */
  readonly isWithinTurn: boolean;
  /** To which length texts of kept tool results are to be cut. */
  readonly maxResultChars: number | undefined;
  /** Estimated size of what is kept, without the summary. */
  readonly keptTokens: number;
}

const WHOLE = Number.POSITIVE_INFINITY;

/** Lengths (characters) to which tool results may be cut, tried in this order. */
const RESULT_CHARS = [WHOLE, 8000, 2000, 500];

/** The same where the beginning of a turn is given up as well. */
const RESULT_CHARS_WITHIN_TURN = [2000, 500];

/**
 * Plans how to make a conversation as small as `targetTokens`, giving up as little as will do:
 *
 * 1. Summarise what comes before a message of the user: as little as fits, at most all but the last one.
 * 2. Cut the texts of the tool results after the user's last message, too, less or more.
 * 3. Summarise the beginning of the work on that message as well.
 *
 * When nothing comes that far, the smallest is taken. A cut is only ever made before a message of the
 * user or of the assistant, so tool results stay with their calls.
 *
 * @returns undefined when nothing can be made shorter
 */
export function planCompaction(
  parts: readonly ConversationPart[],
  targetTokens: number,
  estimate: TokenEstimate,
): CompactionPlan | undefined {
  // An earlier summary comes first; of it alone no other is made.
  const first = parts.findIndex(({ entry }) => entry.type !== "compaction");
  const last = parts.findLastIndex(
    ({ entry, message }) => entry.type === "message" && message.role === "user",
  );
  const sizes = new Map(RESULT_CHARS.map((maxChars) => [maxChars, sizesFrom(parts, maxChars, estimate)]));
  const sized = choicesOf(parts, first, last).map(([cut, maxChars]) => {
    const keptTokens = sizes.get(maxChars)?.[cut <= first ? 0 : cut] ?? 0;
    return { cut, maxChars, keptTokens };
  });
  const before = sizes.get(WHOLE)?.[0] ?? 0;
  const smaller = sized.filter(({ keptTokens }) => keptTokens < before);
  const chosen = smaller.find(({ keptTokens }) => keptTokens <= targetTokens) ?? smallest(smaller);
  const kept = parts[chosen?.cut ?? -1];
  if (chosen === undefined || kept === undefined) return undefined;
  const { cut, maxChars, keptTokens } = chosen;
  return {
    older: cut <= first ? [] : parts.slice(0, cut).map(({ message }) => message),
    firstKeptEntryId: kept.entry.id,
    isWithinTurn: cut > last,
    maxResultChars: maxChars === WHOLE ? undefined : maxChars,
    keptTokens,
  };
}

type Choice = readonly [cut: number, maxChars: number];

/** The best first. */
function choicesOf(parts: readonly ConversationPart[], first: number, last: number): Choice[] {
  const turn = Math.max(first, last);
  const cutsBefore = (role: Message["role"], from: number) =>
    [...parts.keys()].filter((index) => index >= from && parts[index]?.message.role === role);
  // What is given up of the turn is at least one step: the message itself is repeated anyway.
  const steps = cutsBefore("assistant", turn + 2);
  return [
    ...cutsBefore("user", first + 1).map((cut): Choice => [cut, WHOLE]),
    ...RESULT_CHARS.map((maxChars): Choice => [turn, maxChars]),
    ...RESULT_CHARS_WITHIN_TURN.flatMap((maxChars) => steps.map((cut): Choice => [cut, maxChars])),
  ];
}

/** For each part the size of it and all after it. */
function sizesFrom(parts: readonly ConversationPart[], maxChars: number, estimate: TokenEstimate): number[] {
  const sizes: number[] = [];
  let size = 0;
  for (const part of parts.toReversed()) {
    size += partSize(part, maxChars, estimate);
    sizes.push(size);
  }
  return sizes.reverse();
}

/** Cuts are made in the original; what is shown may have been cut to less before. */
function partSize({ entry, message }: ConversationPart, maxChars: number, estimate: TokenEstimate): number {
  const shown = estimate(message);
  if (entry.type !== "message" || message.role !== "toolResult") return shown;
  if (entry.message.role !== "toolResult") return shown;
  return Math.min(shown, estimate(withShortResults(entry.message, maxChars)));
}

function smallest<T extends { readonly keptTokens: number }>(plans: readonly T[]): T | undefined {
  return plans.toSorted((one, other) => one.keptTokens - other.keptTokens)[0];
}
