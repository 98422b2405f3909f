/** The wire protocol that a request came in: OpenAI chat completions or Anthropic messages. */
export type ProtocolName = "openai" | "anthropic";

/** A tool call that an earlier assistant message of the conversation made. */
export interface ModelToolCall {
  readonly id: string;
  readonly name: string;
  /** The parsed arguments; the text itself when the client sent arguments that are not JSON. */
  readonly arguments: unknown;
}

/** What a tool call came to, as the client reports it. */
export interface ModelToolResult {
  readonly toolCallId: string;
  /** Name of the tool, found through the call that this answers; empty when there is no such call. */
  readonly toolName: string;
  readonly text: string;
  /** Always false in the OpenAI protocol, which has no such mark. */
  readonly isError: boolean;
}

/**
 * One message, told the same way for both protocols: the results of one assistant turn are always one
 * message of role `tool`, however many wire messages carried them.
 */
export interface ModelMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  /** All text parts, joined by newlines. Images and other parts are only in `raw`. */
  readonly text: string;
  readonly toolCalls: readonly ModelToolCall[];
  readonly toolResults: readonly ModelToolResult[];
}

/** A tool that the client offers to the model. */
export interface ModelTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments, as sent. */
  readonly parameters: unknown;
}

/** A model request without the differences between the protocols. */
export interface ModelRequest {
  readonly protocol: ProtocolName;
  readonly model: string;
  /** The system prompt: the leading system messages, or Anthropic's `system`; empty when there is none. */
  readonly system: string;
  /** The conversation without what is in `system`. */
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ModelTool[];
  /** The key that the client sent, or undefined when it sent none. */
  readonly apiKey: string | undefined;
  readonly stream: boolean;
  /** The body as sent: the parsed JSON, or the text when it was not JSON. */
  readonly raw: unknown;
}

/**
 * How a request ended: `answered` in full (errors too), `cut` by a fault, `aborted` because the client
 * went away, `closed` because the server was closed.
 */
export type RequestEnd = "answered" | "cut" | "aborted" | "closed";

/** A request as the server saw it, and what became of it. Fields change until `ended` resolves. */
export interface RecordedRequest extends ModelRequest {
  /** Arrival order over the server's life, from 0. */
  readonly index: number;
  /** Path with query, such as `/v1/messages?beta=true`. */
  readonly path: string;
  /** Request headers, names in lower case. They hold the client's key. */
  readonly headers: Readonly<Record<string, string>>;
  /** `performance.now()` when the request's first bytes (its head) were there. */
  readonly firstByteAt: number;
  /** `performance.now()` when the answer's first bytes were written; undefined before. */
  readonly answeredAt: number | undefined;
  /** HTTP status of the answer; undefined before it starts. */
  readonly status: number | undefined;
  /** Chunks of a stream written so far (SSE events without pings). */
  readonly chunksSent: number;
  /** Why the server itself refused the request (key, body, conversation); undefined when the script answered. */
  readonly refusal: string | undefined;
  /** True once the client went away before the answer was complete. */
  readonly aborted: boolean;
  /** Resolves, never rejects, when the exchange is over. */
  readonly ended: Promise<RequestEnd>;
}
