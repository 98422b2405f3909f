import { contentText } from "../content-text.ts";
import { asList, isRecord } from "../fields.ts";
import type { ConversationProblem } from "../protocol.ts";

/** One wire message, with only the fields that its role may have. */
export interface OpenAiMessage {
  readonly role: string;
  readonly text: string;
  readonly toolCalls: readonly { id: string; name: string; arguments: string }[];
  /** Only of role `tool`, else empty. */
  readonly toolCallId: string;
}

/** The messages that could be read, and the first that could not. */
export interface OpenAiMessages {
  readonly messages: readonly OpenAiMessage[];
  readonly problem: ConversationProblem | undefined;
}

const roles = ["system", "assistant", "user", "function", "tool", "developer"];

/** Reads `messages` of a chat-completions body. Error texts are those of api.openai.com. */
export function readMessages(raw: unknown): OpenAiMessages {
  const list = isRecord(raw) ? raw.messages : undefined;
  if (list === undefined) return { messages: [], problem: missing("messages") };
  if (!Array.isArray(list)) {
    const message = `Invalid type for 'messages': expected an array of objects, but got ${kindOf(list)} instead.`;
    return { messages: [], problem: { message, param: "messages", code: "invalid_type" } };
  }
  if (list.length === 0) return { messages: [], problem: emptyArray("messages") };
  const messages: OpenAiMessage[] = [];
  for (const [index, entry] of asList(list).entries()) {
    const problem = messageProblem(entry, index);
    if (problem !== undefined || !isRecord(entry)) return { messages, problem };
    messages.push(readMessage(entry));
  }
  return { messages, problem: undefined };
}

function messageProblem(entry: unknown, index: number): ConversationProblem | undefined {
  const at = `messages[${index}]`;
  if (!isRecord(entry)) {
    const message = `Invalid type for '${at}': expected an object, but got ${kindOf(entry)} instead.`;
    return { message, param: at, code: "invalid_type" };
  }
  if (entry.role === undefined) return missing(`${at}.role`);
  if (typeof entry.role !== "string" || !roles.includes(entry.role)) {
    const message = `Invalid value: '${String(entry.role)}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.`;
    return { message, param: `${at}.role`, code: "invalid_value" };
  }
  if (entry.role === "tool" && typeof entry.tool_call_id !== "string") return missing(`${at}.tool_call_id`);
  if (entry.role === "assistant" && entry.tool_calls !== undefined)
    return toolCallsProblem(entry.tool_calls, at);
  if (typeof entry.content === "string" || Array.isArray(entry.content)) return undefined;
  const message = `Invalid value for 'content': expected a string, got ${entry.content === undefined ? "null" : kindOf(entry.content)}.`;
  return { message, param: `messages.[${index}].content`, code: null };
}

function toolCallsProblem(calls: unknown, at: string): ConversationProblem | undefined {
  if (!Array.isArray(calls)) {
    const message = `Invalid type for '${at}.tool_calls': expected an array of objects, but got ${kindOf(calls)} instead.`;
    return { message, param: `${at}.tool_calls`, code: "invalid_type" };
  }
  if (calls.length === 0) return emptyArray(`${at}.tool_calls`);
  for (const [index, call] of asList(calls).entries()) {
    const problem = wireCallProblem(call, `${at}.tool_calls[${index}]`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Only called with an entry that {@link messageProblem} has nothing against. */
function readMessage(entry: Record<string, unknown>): OpenAiMessage {
  const role = String(entry.role);
  const calls = role === "assistant" ? asList(entry.tool_calls).filter(isWireCall) : [];
  return {
    role,
    text: contentText(entry.content),
    toolCalls: calls.map(({ id, function: { name, arguments: json } }) => ({ id, name, arguments: json })),
    toolCallId: role === "tool" ? String(entry.tool_call_id) : "",
  };
}

interface WireCall {
  id: string;
  function: { name: string; arguments: string };
}

function isWireCall(call: unknown): call is WireCall {
  return wireCallProblem(call, "") === undefined;
}

function wireCallProblem(call: unknown, where: string): ConversationProblem | undefined {
  if (!isRecord(call) || typeof call.id !== "string") return missing(`${where}.id`);
  if (!isRecord(call.function)) return missing(`${where}.function`);
  if (typeof call.function.name !== "string") return missing(`${where}.function.name`);
  if (typeof call.function.arguments !== "string") return missing(`${where}.function.arguments`);
  return undefined;
}

function missing(param: string): ConversationProblem {
  return { message: `Missing required parameter: '${param}'.`, param, code: "missing_required_parameter" };
}

function emptyArray(param: string): ConversationProblem {
  const message = `Invalid '${param}': empty array. Expected an array with minimum length 1, but got an empty array instead.`;
  return { message, param, code: "empty_array" };
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
