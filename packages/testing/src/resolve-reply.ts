import type { Protocol, ResolvedReply } from "./protocol.ts";
import type { ModelReply } from "./reply.ts";

const bytesPerToken = 4; // the usual rule of thumb for English text
const defaultChunkSize = 8;

/** Fills in ids, token counts and the stop reason. `promptBytes` is the size of the request's body. */
export function resolveReply(reply: ModelReply, protocol: Protocol, promptBytes: number): ResolvedReply {
  const { text = "", thinking = "", usage = {} } = reply;
  const toolCalls = (reply.toolCalls ?? []).map((call) => ({
    id: call.id ?? protocol.newToolCallId(),
    name: call.name,
    json: typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments),
  }));
  const answered = [text, thinking, ...toolCalls.map((call) => call.name + call.json)].join("");
  return {
    text,
    thinking,
    toolCalls,
    usage: {
      inputTokens: usage.inputTokens ?? tokensIn(promptBytes),
      outputTokens: usage.outputTokens ?? tokensIn(Buffer.byteLength(answered)),
      cacheReadTokens: usage.cacheReadTokens ?? 0,
      cacheWriteTokens: usage.cacheWriteTokens ?? 0,
      reasoningTokens: usage.reasoningTokens ?? 0,
    },
    stopReason: reply.stopReason ?? (toolCalls.length > 0 ? "toolUse" : "stop"),
    chunkSize: reply.chunkSize ?? defaultChunkSize,
  };
}

function tokensIn(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / bytesPerToken));
}
