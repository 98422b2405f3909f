import { headAndTail } from "../context/shortened.ts";
import { roughTokens, type TokenEstimate } from "../context/token-estimate.ts";
import type { Message } from "../messages.ts";
import { checkNames } from "../option-names.ts";
import type { Session } from "../session.ts";
import { type CompactionPlan, planCompaction } from "./plan.ts";
import { summaryPrompt } from "./summary-prompt.ts";
import { textIn } from "./summary-text.ts";

/** Asks a model for a summary. */
export interface SummaryRequest {
  /** The newest prompt: a shorter one after each `shorten`. */
  prompt(): string;
  /** Shows half as much of the conversation. False: there is next to nothing left. */
  shorten(): boolean;
}

export interface CompactionOptions {
  readonly session: Session;
  /** Tokens of the model's context window, where it is known. */
  readonly windowTokens: number | undefined;
  /** Default: `roughTokens`. */
  readonly estimate?: TokenEstimate | undefined;
  /** Once it is aborted nothing is stored any more. */
  readonly signal?: AbortSignal | undefined;
  /** Resolves with the model's text; undefined or empty where there is none. */
  summarise(request: SummaryRequest): Promise<string | undefined>;
}

/** Estimated sizes of the conversation, without system prompt and tools. */
export interface CompactionOutcome {
  readonly tokensBefore: number;
  readonly tokensAfter: number;
}

const MAX_SUMMARY_CHARS = 16_000;
const MAX_REQUEST_CHARS = 4000;
const LEAST_PROMPT_TOKENS = 100;

/**
 * Makes a session's conversation about half as long as it is, or as fits into half of the window: the
 * older part is summarised by the model, and tool results are cut where that is not enough. When it
 * resolves, the shorter conversation is stored.
 *
 * @returns undefined when it cannot be made shorter, or the model gave no summary; nothing is stored then
 * @throws SessionOptionsError; what `summarise` throws; the signal's reason; TranscriptWriteError, SessionLockLostError
 */
export async function compactSession(options: CompactionOptions): Promise<CompactionOutcome | undefined> {
  checkNames("compactSession", options, ["session", "windowTokens", "estimate", "signal", "summarise"]);
  const { session, windowTokens = Number.POSITIVE_INFINITY, estimate = roughTokens } = options;
  const tokensBefore = estimate(session.messages);
  const target = Math.min(tokensBefore, windowTokens) / 2;
  const plan = planCompaction(session.parts(), target, estimate);
  if (plan === undefined) return undefined;
  const { firstKeptEntryId, maxResultChars, keptTokens } = plan;
  if (plan.older.length === 0) {
    await session.compact({ maxResultChars });
  } else {
    const text = (await options.summarise(requestFor(plan, target, estimate)))?.trim() ?? "";
    options.signal?.throwIfAborted();
    const summary = summaryOf(text, plan.isWithinTurn ? session.lastRequest() : undefined);
    // A summary that is longer than what it stands for would make it all worse.
    if (text === "" || keptTokens + estimate(summary) >= tokensBefore) return undefined;
    await session.compact({ summary: { summary, firstKeptEntryId, tokensBefore }, maxResultChars });
  }
  return { tokensBefore, tokensAfter: estimate(session.messages) };
}

function requestFor(
  { older }: CompactionPlan,
  targetTokens: number,
  estimate: TokenEstimate,
): SummaryRequest {
  let maxTokens = Math.floor(targetTokens);
  return {
    prompt: () => summaryPrompt(older, maxTokens, estimate),
    shorten: () => {
      maxTokens = Math.floor(maxTokens / 2);
      return maxTokens >= LEAST_PROMPT_TOKENS;
    },
  };
}

/** The agent works on the user's last message still, so that is not left to the model's summary. */
function summaryOf(text: string, request: Message | undefined): string {
  const summary = headAndTail(text, MAX_SUMMARY_CHARS);
  if (request === undefined) return summary;
  const words = headAndTail(textIn(request), MAX_REQUEST_CHARS);
  return `${summary}\n\n## The user's last message, word for word\n${words}`;
}
