import type { AnswerFunction, ModelReply, ModelRequest, ProtocolName } from "@cloison/testing";

/** What each provider says of a request that is longer than the model's window. */
const bodies: Readonly<Record<ProtocolName, object>> = {
  openai: {
    error: {
      message:
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens. Please reduce the length of the messages.",
      type: "invalid_request_error",
      param: "messages",
      code: "context_length_exceeded",
    },
  },
  anthropic: {
    type: "error",
    error: { type: "invalid_request_error", message: "prompt is too long: 9000 tokens > 8192 maximum" },
  },
};

export function overflow(protocol: ProtocolName): ModelReply {
  return { fault: { status: 400, body: bodies[protocol] } };
}

/** Characters of the conversation, without the system prompt. */
export function charsIn({ messages }: ModelRequest): number {
  const texts = messages.flatMap(({ text, toolResults }) => [
    text,
    ...toolResults.map((result) => result.text),
  ]);
  return texts.join("").length;
}

/** Whether the model is asked to summarise. */
export function isSummaryRequest({ messages }: ModelRequest): boolean {
  return messages[0]?.text.startsWith("<conversation>") === true;
}

/** A model that takes so many characters, and else answers by the script. */
export function withWindow(chars: number, script: AnswerFunction): AnswerFunction {
  return (request, context) =>
    charsIn(request) > chars ? overflow(request.protocol) : script(request, context);
}
