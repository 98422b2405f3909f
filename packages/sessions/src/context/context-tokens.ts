import type { SessionEntry } from "../entries.ts";
import type { AssistantMessage } from "../messages.ts";
import type { Session } from "../session.ts";
import { isPartial } from "./answer-parts.ts";
import { resultLimitIn } from "./result-limit.ts";
import { roughTokens, type TokenEstimate } from "./token-estimate.ts";

/** How long a conversation is. */
export interface ContextTokens {
  readonly tokens: number;
  /**
   * True: the provider told it, all but what was said since its last answer, system prompt and tools
   * included. False: all is estimated, of the messages alone.
   */
  readonly measured: boolean;
}

/**
 * How many tokens a session's conversation has: by the usage of the last answer where that holds still, which
 * it does not after a compaction; else by estimate.
 */
export function contextTokens(session: Session, estimate: TokenEstimate = roughTokens): ContextTokens {
  const parts = session.parts();
  const answer = lastMeasured(session.branch());
  const index = parts.findIndex(
    ({ entry, message }) => entry.id === answer?.id && message.role === "assistant",
  );
  const since = estimate(parts.slice(index + 1).map(({ message }) => message));
  return answer === undefined || index === -1
    ? { tokens: since, measured: false }
    : { tokens: answer.tokens + since, measured: true };
}

function lastMeasured(branch: readonly SessionEntry[]): { id: string; tokens: number } | undefined {
  for (const entry of branch.toReversed()) {
    if (entry.type === "compaction" || resultLimitIn(entry) !== undefined) return undefined;
    if (entry.type !== "message" || entry.message.role !== "assistant") continue;
    const tokens = tokensOf(entry.message);
    if (tokens > 0) return { id: entry.id, tokens };
  }
  return undefined;
}

/** The file may be another program's: its figures are taken as far as they are some. */
function tokensOf(message: AssistantMessage): number {
  if (isPartial(message)) return 0;
  const { totalTokens } = message.usage ?? {};
  return Number.isFinite(totalTokens) ? totalTokens : 0;
}
