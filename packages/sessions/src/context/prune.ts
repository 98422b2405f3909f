import { SessionOptionsError } from "../errors.ts";
import { checkNames } from "../option-names.ts";
import type { Session } from "../session.ts";
import { withShortResults } from "./shortened.ts";
import { roughTokens, type TokenEstimate } from "./token-estimate.ts";
import type { ConversationPart } from "./visible-message.ts";

export interface PruneOptions {
  readonly session: Session;
  /** Tokens, by estimate, that all tool results of the conversation together may have; above 0. */
  readonly budgetTokens: number;
  /** Default: `roughTokens`. */
  readonly estimate?: TokenEstimate | undefined;
}

/** Estimated sizes of the tool results. */
export interface PruneOutcome {
  readonly tokensBefore: number;
  readonly tokensAfter: number;
}

/** Lengths (characters) to which old results are cut, tried in this order. */
const RESULT_CHARS = [4000, 1000, 250];

/**
 * Keeps the tool results of a conversation within a budget: of old ones only head and tail are shown from now
 * on. The newest stay whole, up to half of the budget, and so do those that the model has not answered yet. No
 * message is left out, and the transcript keeps all of it. What is shown stays the same from turn to turn
 * until the budget is used up again, for which a quarter of it is made free at least: prompt caches hold.
 *
 * @returns undefined when the results are within the budget, or when too little would come of it
 * @throws SessionOptionsError, TranscriptWriteError, SessionLockLostError
 */
export async function pruneToolResults(options: PruneOptions): Promise<PruneOutcome | undefined> {
  checkNames("pruneToolResults", options, ["session", "budgetTokens", "estimate"]);
  const { session, budgetTokens, estimate = roughTokens } = options;
  if (typeof budgetTokens !== "number" || !(budgetTokens > 0))
    throw new SessionOptionsError("budgetTokens", "budgetTokens: must be a number of tokens above 0");
  const parts = session.parts();
  const tokensBefore = resultTokens(parts, estimate);
  if (tokensBefore <= budgetTokens) return undefined;
  const firstKept = firstWhole(parts, budgetTokens / 2, estimate);
  const old = parts.slice(0, firstKept);
  const keptTokens = resultTokens(parts.slice(firstKept), estimate);
  const wanted = Math.max(0, Math.min(budgetTokens, tokensBefore) - budgetTokens / 4);
  const sizes = RESULT_CHARS.map((maxChars) => ({
    maxChars,
    tokensAfter:
      keptTokens +
      resultTokens(
        old.map((part) => cut(part, maxChars)),
        estimate,
      ),
  }));
  const chosen = sizes.find(({ tokensAfter }) => tokensAfter <= wanted) ?? sizes.at(-1);
  if (chosen === undefined || tokensBefore - chosen.tokensAfter < budgetTokens / 4) return undefined;
  await session.compact({ maxResultChars: chosen.maxChars, cutBeforeId: parts[firstKept]?.entry.id });
  return { tokensBefore, tokensAfter: chosen.tokensAfter };
}

/** Index of the first result that is not cut. */
function firstWhole(parts: readonly ConversationPart[], keepTokens: number, estimate: TokenEstimate): number {
  const unseen = parts.findLastIndex(({ message }) => message.role === "assistant") + 1;
  let index = parts.length;
  for (let tokens = 0; index > 0; index -= 1) {
    const message = parts[index - 1]?.message;
    if (message?.role === "toolResult") tokens += estimate(message);
    if (tokens > keepTokens && index <= unseen) break;
  }
  return index;
}

function cut(part: ConversationPart, maxChars: number): ConversationPart {
  return { ...part, message: withShortResults(part.message, maxChars) };
}

function resultTokens(parts: readonly ConversationPart[], estimate: TokenEstimate): number {
  const results = parts.filter(({ message }) => message.role === "toolResult");
  return results.reduce((sum, { message }) => sum + estimate(message), 0);
}
