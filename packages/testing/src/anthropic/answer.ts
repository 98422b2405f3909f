import { jsonOrText } from "../json-or-text.ts";
import type { ResolvedReply, SseEvent } from "../protocol.ts";
import { randomId } from "../random-id.ts";
import type { ModelRequest } from "../request.ts";
import { splitText } from "../split-text.ts";

const stopReasons = { stop: "end_turn", toolUse: "tool_use", length: "max_tokens", refusal: "refusal" };

/** A content block: how it starts, and the deltas that fill it. */
interface StreamedBlock {
  readonly start: object;
  readonly deltas: readonly object[];
}

/** A message as a stream, from `message_start` to `message_stop`. */
export function streamAnthropicAnswer(reply: ResolvedReply, request: ModelRequest): SseEvent[] {
  const started = {
    ...messageHead(request),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...inputUsage(reply), output_tokens: 1, service_tier: "standard" },
  };
  const blocks = streamedBlocks(reply).flatMap(({ start, deltas }, index) => [
    event({ type: "content_block_start", index, content_block: start }),
    ...(index === 0 ? [{ ...event({ type: "ping" }), isPing: true as const }] : []),
    ...deltas.map((delta) => event({ type: "content_block_delta", index, delta })),
    event({ type: "content_block_stop", index }),
  ]);
  return [
    event({ type: "message_start", message: started }),
    ...blocks,
    event({
      type: "message_delta",
      delta: { stop_reason: stopReasons[reply.stopReason], stop_sequence: null },
      usage: { ...inputUsage(reply), ...outputUsage(reply) },
    }),
    event({ type: "message_stop" }),
  ];
}

function event(payload: { type: string; [field: string]: unknown }): SseEvent {
  return { event: payload.type, data: JSON.stringify(payload) };
}

function streamedBlocks(reply: ResolvedReply): StreamedBlock[] {
  const pieces = (text: string) => splitText(text, reply.chunkSize);
  const blocks: StreamedBlock[] = [];
  if (reply.thinking !== "") {
    const deltas = pieces(reply.thinking).map((thinking): object => ({ type: "thinking_delta", thinking }));
    deltas.push({ type: "signature_delta", signature: newSignature() });
    blocks.push({ start: { type: "thinking", thinking: "", signature: "" }, deltas });
  }
  if (reply.text !== "") {
    const deltas = pieces(reply.text).map((text) => ({ type: "text_delta", text }));
    blocks.push({ start: { type: "text", text: "" }, deltas });
  }
  for (const { id, name, json } of reply.toolCalls) {
    const deltas = ["", ...pieces(json)].map((partial_json) => ({ type: "input_json_delta", partial_json }));
    blocks.push({ start: { type: "tool_use", id, name, input: {} }, deltas });
  }
  return blocks;
}

/** A message as one object. */
export function wholeAnthropicAnswer(reply: ResolvedReply, request: ModelRequest): object {
  const { text, thinking } = reply;
  return {
    ...messageHead(request),
    content: [
      ...(thinking === "" ? [] : [{ type: "thinking", thinking, signature: newSignature() }]),
      ...(text === "" ? [] : [{ type: "text", text }]),
      ...reply.toolCalls.map(({ id, name, json }) => ({
        type: "tool_use",
        id,
        name,
        input: jsonOrText(json),
      })),
    ],
    stop_reason: stopReasons[reply.stopReason],
    stop_sequence: null,
    usage: { ...inputUsage(reply), ...outputUsage(reply), service_tier: "standard" },
  };
}

function messageHead(request: ModelRequest): object {
  return { id: randomId("msg_01", 22), type: "message", role: "assistant", model: request.model };
}

/** Clients must send it back unread, so any text will do. */
function newSignature(): string {
  return Buffer.from(randomId("", 96)).toString("base64");
}

function inputUsage({ usage }: ResolvedReply): object {
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheWriteTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
  };
}

function outputUsage({ usage }: ResolvedReply): object {
  const details = { output_tokens_details: { thinking_tokens: usage.reasoningTokens } };
  return { output_tokens: usage.outputTokens, ...(usage.reasoningTokens > 0 ? details : {}) };
}
