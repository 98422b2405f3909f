import { isRecord } from "../fields.ts";
import type { ResolvedReply, SseEvent } from "../protocol.ts";
import { randomId } from "../random-id.ts";
import type { ModelRequest } from "../request.ts";
import { splitText } from "../split-text.ts";

const finishReasons = { stop: "stop", toolUse: "tool_calls", length: "length", refusal: "content_filter" };

/** A chat completion as a stream of `chat.completion.chunk` events, closed by `[DONE]`. */
export function streamOpenAiAnswer(reply: ResolvedReply, request: ModelRequest): SseEvent[] {
  const withUsage = wantsUsage(request.raw);
  const head = {
    id: randomId("chatcmpl-", 29),
    object: "chat.completion.chunk",
    created: Math.floor(Date.now() / 1000),
    model: request.model,
    service_tier: "default",
    system_fingerprint: null,
  };
  const chunk = (choices: readonly object[], usage: object | null): SseEvent => ({
    data: JSON.stringify({ ...head, choices, ...(withUsage ? { usage } : {}) }),
  });
  const choice = (delta: object, finish: string | null = null): SseEvent =>
    chunk([{ index: 0, delta, logprobs: null, finish_reason: finish }], null);
  return [
    ...deltas(reply).map((delta) => choice(delta)),
    choice({}, finishReasons[reply.stopReason]),
    ...(withUsage ? [chunk([], openAiUsage(reply))] : []),
    { data: "[DONE]" },
  ];
}

function deltas(reply: ResolvedReply): object[] {
  const onlyTools = reply.text === "" && reply.toolCalls.length > 0;
  return [
    { role: "assistant", content: onlyTools ? null : "", refusal: null },
    ...splitText(reply.thinking, reply.chunkSize).map((piece) => ({ reasoning_content: piece })),
    ...splitText(reply.text, reply.chunkSize).map((piece) => ({ content: piece })),
    ...reply.toolCalls.flatMap(({ id, name, json }, index) => [
      { tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] },
      ...splitText(json, reply.chunkSize).map((piece) => ({
        tool_calls: [{ index, function: { arguments: piece } }],
      })),
    ]),
  ];
}

/** A chat completion as one `chat.completion` object. */
export function wholeOpenAiAnswer(reply: ResolvedReply, request: ModelRequest): object {
  const calls = reply.toolCalls.map(({ id, name, json }) => ({
    id,
    type: "function",
    function: { name, arguments: json },
  }));
  const message = {
    role: "assistant",
    content: reply.text === "" && calls.length > 0 ? null : reply.text,
    ...(reply.thinking === "" ? {} : { reasoning_content: reply.thinking }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
    refusal: null,
    annotations: [],
  };
  return {
    id: randomId("chatcmpl-", 29),
    object: "chat.completion",
    created: Math.floor(Date.now() / 1000),
    model: request.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReasons[reply.stopReason] }],
    usage: openAiUsage(reply),
    service_tier: "default",
    system_fingerprint: null,
  };
}

function wantsUsage(raw: unknown): boolean {
  return isRecord(raw) && isRecord(raw.stream_options) && raw.stream_options.include_usage === true;
}

/** OpenAI counts cached tokens as part of the prompt and has no word for tokens written to the cache. */
function openAiUsage({ usage }: ResolvedReply): object {
  const prompt = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  return {
    prompt_tokens: prompt,
    completion_tokens: usage.outputTokens,
    total_tokens: prompt + usage.outputTokens,
    prompt_tokens_details: { cached_tokens: usage.cacheReadTokens, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
