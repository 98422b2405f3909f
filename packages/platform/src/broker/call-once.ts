import { randomUUID } from "node:crypto";
import type { AssistantMessage, SimpleStreamOptions } from "@earendil-works/pi-ai";
import { EmptyAnswerError } from "../errors/model-errors.ts";
import { withoutAmbientHeaders } from "./ambient-headers.ts";
import { createCallError } from "./call-failure.ts";
import type { ModelEndpoint } from "./endpoint.ts";
import type { ModelCall } from "./model-call.ts";
import { observeFetch } from "./observed-fetch.ts";
import { createRedaction } from "./redaction.ts";

/** What a single call needs of a model call. */
type Listener = Pick<ModelCall, "context" | "sessionId" | "signal" | "onText" | "onThinking">;

/**
 * Calls a model once, without retries, and waits for its whole answer. The key appears neither in the
 * answer, nor in what is streamed, nor in an error, even if the other side sends it back (in what is
 * streamed: unless it is cut across two pieces).
 *
 * @throws ModelCallError, EmptyAnswerError; the signal's reason when it is aborted
 */
export async function callOnce(
  endpoint: ModelEndpoint,
  apiKey: string,
  call: Listener,
): Promise<AssistantMessage> {
  const redaction = createRedaction(apiKey);
  const http = observeFetch();
  const { provider, id: model, api } = endpoint.model;
  const fail = (reason: string) => createCallError({ provider, model, reason, http, redaction });
  const options: SimpleStreamOptions = {
    apiKey,
    signal: call.signal,
    sessionId: call.sessionId,
    headers: withoutAmbientHeaders(api, apiKey),
    maxRetries: 0,
    // Given, or pi-ai would look for PI_CACHE_RETENTION in the environment.
    cacheRetention: "short",
    // Google's client takes no fetch.
    ...(api.startsWith("google-") ? {} : { fetch: http.fetch }),
  };
  call.signal.throwIfAborted();
  const answer = await receive(endpoint, options, call, redaction.text).catch((error: unknown) => {
    call.signal.throwIfAborted();
    throw fail(error instanceof Error ? error.message : String(error));
  });
  call.signal.throwIfAborted();
  if (answer.stopReason === "error" || answer.stopReason === "aborted")
    throw fail(answer.errorMessage ?? "no reason given");
  if (isEmpty(answer)) throw new EmptyAnswerError(provider, model, answer.stopReason);
  return withUniqueCallIds(redaction.json(answer));
}

async function receive(
  endpoint: ModelEndpoint,
  options: SimpleStreamOptions,
  call: Listener,
  redact: (text: string) => string,
): Promise<AssistantMessage> {
  const stream = endpoint.stream(call.context(), options);
  for await (const event of stream) {
    if (event.type === "text_delta") call.onText(redact(event.delta));
    if (event.type === "thinking_delta") call.onThinking(redact(event.delta));
  }
  return stream.result();
}

/** Thinking alone is no answer: it says nothing to the user and asks nothing of a tool. */
function isEmpty({ content }: AssistantMessage): boolean {
  return !content.some(
    (block) => block.type === "toolCall" || (block.type === "text" && block.text.trim() !== ""),
  );
}

/** Some servers give all calls of a turn the same id, or none; results could then not be told apart. */
function withUniqueCallIds(answer: AssistantMessage): AssistantMessage {
  const seen = new Set<string>();
  const content = answer.content.map((block) => {
    if (block.type !== "toolCall") return block;
    const id = block.id === "" || seen.has(block.id) ? `call_${randomUUID()}` : block.id;
    seen.add(id);
    return id === block.id ? block : { ...block, id };
  });
  return { ...answer, content };
}
