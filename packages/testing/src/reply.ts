import type { ModelRequest } from "./request.ts";

/** A tool call that the scripted model makes. */
export interface ScriptedToolCall {
  name: string;
  /** An object is sent as JSON. A string is sent as it is, so that it may be broken JSON. */
  arguments: Record<string, unknown> | string;
  /** Default: a fresh id in the protocol's own form. */
  id?: string;
}

/** Token counts, whole numbers. What is left out is estimated as one token per four bytes. */
export interface ScriptedUsage {
  /** Prompt tokens that were not in the cache. */
  inputTokens?: number;
  /** All tokens of the answer, reasoning included. */
  outputTokens?: number;
  /** Prompt tokens read from the cache. Default 0. */
  cacheReadTokens?: number;
  /** Prompt tokens written to the cache. Default 0. OpenAI counts them as plain prompt tokens. */
  cacheWriteTokens?: number;
  /** The part of `outputTokens` spent on reasoning. Default 0. */
  reasoningTokens?: number;
}

/**
 * What goes wrong. `status` and `hang` replace the answer; the others damage it. `delayFirstByteMs` goes
 * with any of them. A fault that could not take place (a cut after the last chunk) is an error.
 * Chunks are the SSE events of the answer without Anthropic's pings, which clients skip unread.
 */
export interface ModelFault {
  /** Answer with this HTTP status, 200–599, and the provider's usual error body. */
  status?: number;
  /** Headers of the `status` answer, such as `retry-after`. */
  headers?: Record<string, string>;
  /** Body of the `status` answer: an object is sent as JSON, a string as it is. */
  body?: string | object;
  /** Milliseconds to wait before the first byte, status line included. */
  delayFirstByteMs?: number;
  /** Destroy the socket after this many chunks; a plain JSON answer is cut in its middle. */
  cutAfterChunks?: number;
  /** The chunk with this index, from 0, holds broken JSON; a plain JSON answer ends in its middle. */
  malformedChunkAt?: number;
  /** Never answer; the request ends when the client goes away or the server closes. */
  hang?: true;
  /** A well-formed answer without any content. */
  emptyAnswer?: true;
}

/** One answer of the scripted model. It needs `text`, `thinking`, `toolCalls` or a fault that stands for them. */
export interface ModelReply {
  text?: string;
  /** Reasoning: a thinking block in Anthropic's protocol, `reasoning_content` in OpenAI's. */
  thinking?: string;
  toolCalls?: readonly ScriptedToolCall[];
  usage?: ScriptedUsage;
  /** Default: `toolUse` when there are tool calls, else `stop`. */
  stopReason?: "stop" | "toolUse" | "length" | "refusal";
  /** Characters (code points) of text or arguments in one chunk. Default 8. */
  chunkSize?: number;
  /** Milliseconds between two chunks. Default 0. */
  chunkDelayMs?: number;
  fault?: ModelFault;
}

/** What a script's function is told besides the request. */
export interface ScriptContext {
  /** How many requests the script has answered before this one. */
  readonly index: number;
  /** Aborted when the client goes away or the server closes. */
  readonly signal: AbortSignal;
}

/** Answers one request. It is only asked about requests that a real provider would have accepted. */
export type AnswerFunction = (
  request: ModelRequest,
  context: ScriptContext,
) => ModelReply | Promise<ModelReply>;

/**
 * A list of steps, used up in the order in which requests arrive at the server, or one function for all
 * requests. With several conversations at once use a function: it can tell them apart.
 */
export type ModelScript = readonly (ModelReply | AnswerFunction)[] | AnswerFunction;
