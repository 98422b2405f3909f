import type { ModelCall } from "../src/broker/model-call.ts";

const tool = {
  name: "bash",
  description: "runs",
  parameters: { type: "object", properties: {}, required: [] },
};

/** A call that says hello, listens to nothing and stops nothing, but for what is given. */
export function modelCall(given: Partial<ModelCall> = {}): ModelCall {
  return {
    context: () => ({
      systemPrompt: "be brief",
      messages: [{ role: "user", content: "hello", timestamp: 1 }],
      tools: [tool],
    }),
    sessionId: "s",
    signal: new AbortController().signal,
    onText: () => undefined,
    onThinking: () => undefined,
    onDiscard: () => undefined,
    beforeAttempt: () => undefined,
    onSpent: () => undefined,
    onOverflow: async () => false,
    onEvent: () => undefined,
    ...given,
  };
}
