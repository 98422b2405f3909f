import type { IncomingHttpHeaders } from "node:http";
import type { ModelReply } from "./reply.ts";
import type { ModelRequest, ProtocolName } from "./request.ts";

/** Why a provider would refuse a request, in that provider's own words. */
export interface ConversationProblem {
  readonly message: string;
  /** The field at fault as OpenAI names it, such as `messages.[3].role`; null for Anthropic. */
  readonly param: string | null;
  /** OpenAI's machine-readable code; null when it sends none. */
  readonly code: string | null;
}

/** An HTTP error to be told in a protocol's form. A missing message means: the usual one for the status. */
export interface Refusal {
  readonly status: number;
  readonly message?: string;
  readonly param?: string | null;
  readonly code?: string | null;
}

/** A reply with nothing left open. */
export interface ResolvedReply {
  readonly text: string;
  readonly thinking: string;
  /** `json` is the text of the arguments, which the script may have broken on purpose. */
  readonly toolCalls: readonly { id: string; name: string; json: string }[];
  readonly usage: {
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly cacheReadTokens: number;
    readonly cacheWriteTokens: number;
    readonly reasoningTokens: number;
  };
  readonly stopReason: NonNullable<ModelReply["stopReason"]>;
  readonly chunkSize: number;
}

/** One server-sent event. */
export interface SseEvent {
  readonly event?: string;
  readonly data: string;
  /** A keep-alive that clients skip unread; faults do not count it, as damage to it would go unnoticed. */
  readonly isPing?: true;
}

/** What came in: the request told neutrally, and what the provider would have against it. */
export interface ReadRequest {
  readonly request: ModelRequest;
  readonly refusal: Refusal | undefined;
}

/** All that differs between the providers. Implementations keep no state. */
export interface Protocol {
  readonly name: ProtocolName;
  /** The path that takes model requests. */
  readonly path: string;
  /** Reads any JSON value without throwing; checks key, headers, body and conversation in the provider's order. */
  readRequest(raw: unknown, headers: IncomingHttpHeaders): ReadRequest;
  /** The first rule of the provider that the body's conversation breaks. */
  checkConversation(raw: unknown): ConversationProblem | undefined;
  /** Whether these headers carry a key in this provider's way. */
  readApiKey(headers: IncomingHttpHeaders): string | undefined;
  newToolCallId(): string;
  /** Headers of every answer. */
  answerHeaders(requestId: string): Record<string, string>;
  errorBody(refusal: Refusal, requestId: string): object;
  /** The answer as the events of a stream. */
  streamAnswer(reply: ResolvedReply, request: ModelRequest): readonly SseEvent[];
  /** The answer as one JSON object. */
  wholeAnswer(reply: ResolvedReply, request: ModelRequest): object;
  modelList(models: readonly string[]): object;
}
