/*
 * The messages of a conversation, in the shape in which pi's session files hold them. Messages of pi-ai
 * fit, and go back to it as they are. Fields that are not named here are kept.
 */

/** What JSON can hold. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object. */
export type JsonObject = { [key: string]: JsonValue };

/** Words. */
export interface TextContent {
  type: "text";
  text: string;
}

/** What a model thought before it answered. */
export interface ThinkingContent {
  type: "thinking";
  thinking: string;
}

/** An image. */
export interface ImageContent {
  type: "image";
  /** Base64. */
  data: string;
  /** `image/png`, `image/jpeg`, `image/gif` or `image/webp`. */
  mimeType: string;
}

/** The model wants a tool to run. */
export interface ToolCall {
  type: "toolCall";
  /** Unique in its message. */
  id: string;
  name: string;
  arguments: JsonObject;
}

/** What an answer has cost, in tokens and US dollars. */
export interface Usage {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
  totalTokens: number;
  cost: { input: number; output: number; cacheRead: number; cacheWrite: number; total: number };
}

/** How an answer ended. */
export type StopReason = "pending" | "stop" | "length" | "toolUse" | "error" | "aborted" | "deferred";

/** An instruction of the application's. */
export interface SystemMessage {
  role: "system";
  content: string | TextContent[];
  /** Milliseconds since 1970, as in all messages. */
  timestamp: number;
}

/** What a person, or whoever stands in for one, said. */
export interface UserMessage {
  role: "user";
  content: string | (TextContent | ImageContent)[];
  timestamp: number;
}

/** An answer of the model. */
export interface AssistantMessage {
  role: "assistant";
  content: (TextContent | ThinkingContent | ToolCall)[];
  api: string;
  provider: string;
  model: string;
  usage: Usage;
  stopReason: StopReason;
  timestamp: number;
}

/** What a tool call came to. */
export interface ToolResultMessage {
  role: "toolResult";
  toolCallId: string;
  toolName: string;
  content: (TextContent | ImageContent)[];
  isError: boolean;
  timestamp: number;
}

/** One message of a conversation. */
export type Message = SystemMessage | UserMessage | AssistantMessage | ToolResultMessage;
