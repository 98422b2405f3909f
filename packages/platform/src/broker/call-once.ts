import type { AssistantMessage, Context, SimpleStreamOptions } from "@earendil-works/pi-ai";
import { type RunUsage, usageOf } from "../run/usage.ts";
import { withoutAmbientHeaders } from "./ambient-headers.ts";
import { argumentBounds } from "./argument-bounds.ts";
import { failedAttempt } from "./call-failure.ts";
import type { ModelEndpoint } from "./endpoint.ts";
import { type AttemptFailure, FailedAttempt } from "./failed-attempt.ts";
import { observeFetch } from "./observed-fetch.ts";
import { createRedaction, type Redaction } from "./redaction.ts";
import { faultIn, withSoundUsage, withUniqueCallIds } from "./sound-answer.ts";

/** One attempt. */
export interface SingleCall {
  readonly endpoint: ModelEndpoint;
  readonly apiKey: string;
  readonly context: Context;
  readonly sessionId: string;
  readonly signal: AbortSignal;
  /** Of the whole call, of which this is one attempt. */
  readonly deadlineMs: number;
  /** What all requests go through, where the provider's client takes one. */
  readonly fetch: typeof globalThis.fetch;
  onText(delta: string): void;
  onThinking(delta: string): void;
}

/**
 * Calls a model once, without retries, and waits for its whole answer. The key appears neither in the
 * answer, nor in what is streamed, nor in an error, even if the other side sends it back (in what is
 * streamed: unless it is cut across two pieces).
 *
 * @throws FailedAttempt, also when it is aborted
 */
export async function callOnce(call: SingleCall): Promise<AssistantMessage> {
  const { endpoint, apiKey, signal } = call;
  const redaction = createRedaction(apiKey);
  const http = observeFetch(call.fetch);
  const { provider, api } = endpoint.model;
  const fail = (words: string, usage?: RunUsage) => {
    const { excess } = http.seen();
    if (excess !== undefined) return unusable(`an answer that cannot be used: ${excess}`, { usage });
    return failedAttempt({ provider, words, http: http.seen(), redaction, usage });
  };
  const options: SimpleStreamOptions = {
    apiKey,
    signal,
    sessionId: call.sessionId,
    headers: withoutAmbientHeaders(api, apiKey),
    maxRetries: 0,
    // The signal is what ends a call; no client is to give up before, as Mistral's adapter would after a minute.
    timeoutMs: call.deadlineMs,
    // Given, or pi-ai would look for PI_CACHE_RETENTION in the environment.
    cacheRetention: "short",
    // Google's client takes no fetch.
    ...(api.startsWith("google-") ? {} : { fetch: http.fetch }),
  };
  const received = await receive(call, options, { redaction, refuse: http.refuse }).catch(
    (error: unknown) => {
      throw fail(error instanceof Error ? error.message : String(error));
    },
  );
  const answer = withSoundUsage(received);
  const usage = usageOf(answer.usage);
  if (answer.stopReason === "error" || answer.stopReason === "aborted" || signal.aborted)
    throw fail(answer.errorMessage ?? "no reason given", usage.totalTokens > 0 ? usage : undefined);
  if (isEmpty(answer)) throw emptyAnswer(answer, usage);
  const fault = faultIn(answer);
  if (fault !== undefined) throw unusable(`an answer that cannot be used: ${fault}`, { usage });
  return withUniqueCallIds(redaction.json(answer));
}

interface Receiving {
  readonly redaction: Redaction;
  refuse(why: string): void;
}

async function receive(
  call: SingleCall,
  options: SimpleStreamOptions,
  { redaction, refuse }: Receiving,
): Promise<AssistantMessage> {
  const stream = call.endpoint.stream(call.context, options);
  const excessOf = argumentBounds();
  for await (const event of stream) {
    if (event.type === "toolcall_delta") {
      const excess = excessOf(event);
      if (excess !== undefined) refuse(excess);
    }
    if (event.type === "text_delta") call.onText(redaction.text(event.delta));
    if (event.type === "thinking_delta") call.onThinking(redaction.text(event.delta));
  }
  return stream.result();
}

/** Thinking alone is no answer: it says nothing to the user and asks nothing of a tool. */
function isEmpty({ content }: AssistantMessage): boolean {
  return !content.some(
    (block) => block.type === "toolCall" || (block.type === "text" && block.text.trim() !== ""),
  );
}

function emptyAnswer({ stopReason }: AssistantMessage, usage: RunUsage): FailedAttempt {
  return unusable(`an empty answer (stopped by "${stopReason}")`, { usage, emptyStop: stopReason });
}

/**
 * The same request often gets a better answer the next time, so it counts as one that did not come whole.
 * Of scope `request`, since a prompt can ask for such an answer: it must not cool the model down for others.
 */
function unusable(
  words: string,
  { usage, emptyStop }: Pick<AttemptFailure, "usage" | "emptyStop">,
): FailedAttempt {
  const matched = emptyStop === undefined ? "platform/unusable-answer" : "platform/empty-answer";
  return new FailedAttempt({
    words,
    classification: { reason: "timeout", retryable: true, scope: "request", confidence: 1, matched },
    usage,
    emptyStop,
  });
}
