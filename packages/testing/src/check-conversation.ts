import { anthropicProtocol } from "./anthropic/protocol.ts";
import { openAiProtocol } from "./openai/protocol.ts";
import type { ConversationProblem, Protocol } from "./protocol.ts";
import type { ModelRequest, ProtocolName } from "./request.ts";

export const protocols: Readonly<Record<ProtocolName, Protocol>> = {
  openai: openAiProtocol,
  anthropic: anthropicProtocol,
};

/**
 * Checks a request's conversation as its provider would before the model sees it: roles, content, and
 * that tool calls and tool results belong together. The server does this to every request; call it to check
 * a conversation that was never sent.
 *
 * @param request the protocol, and the body in that protocol's wire form.
 * @returns the first problem, in the provider's words, or undefined when there is none.
 */
export function checkConversation(
  request: Pick<ModelRequest, "protocol" | "raw">,
): ConversationProblem | undefined {
  return protocols[request.protocol].checkConversation(request.raw);
}
