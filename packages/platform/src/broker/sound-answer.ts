import { randomUUID } from "node:crypto";
import type { AssistantMessage, ToolCall } from "@earendil-works/pi-ai";
import { soundUsage } from "../budget/spend-record.ts";
import { usageOf } from "../run/usage.ts";

/** Providers' own are 20 to 40 characters long; Anthropic takes none but these characters. */
const CALL_ID = /^[\w.:|-]{1,256}$/;

const MAX_NAME_CHARS = 256;

/** More than any model asks for at once, and less than would flood the sandbox's channel. */
const MAX_CALLS = 200;

/** The sandbox's channel takes 48 levels, with the frame around the arguments. */
const MAX_DEPTH = 40;

/**
 * What makes an answer one that no sandbox takes and no provider wants to see again: once it stood in a
 * transcript, its session could not go on. pi-ai believes what servers send of tool calls.
 *
 * @returns undefined where all is well
 */
export function faultIn({ content }: AssistantMessage): string | undefined {
  const calls = content.filter((block) => block.type === "toolCall");
  if (calls.length > MAX_CALLS)
    return `${calls.length} tool calls at once, of which ${MAX_CALLS} are allowed`;
  return calls.map(faultInCall).find((fault) => fault !== undefined);
}

function faultInCall(call: ToolCall): string | undefined {
  const { name, arguments: args }: { readonly name: unknown; readonly arguments: unknown } = call;
  if (typeof name !== "string" || name.length > MAX_NAME_CHARS) return "a tool call without a name";
  if (typeof args !== "object" || args === null || Array.isArray(args))
    return "a tool call whose arguments are no object";
  return isSendable(args, MAX_DEPTH) ? undefined : "a tool call whose arguments are nested too deep";
}

/** Whether the value is flat enough, and has no member that would become a prototype. */
function isSendable(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (levels === 0 || Object.hasOwn(value, "__proto__")) return false;
  return Object.values(value).every((member) => isSendable(member, levels - 1));
}

/** Some servers give all calls of a turn the same id, none, or no text; results could then not be told apart. */
export function withUniqueCallIds(answer: AssistantMessage): AssistantMessage {
  const seen = new Set<unknown>();
  const content = answer.content.map((block) => {
    if (block.type !== "toolCall") return block;
    const given: unknown = block.id;
    const isGood = typeof given === "string" && CALL_ID.test(given) && !seen.has(given);
    const id = isGood ? block.id : `call_${randomUUID()}`;
    seen.add(id);
    return isGood ? block : { ...block, id };
  });
  return { ...answer, content };
}

/** With amounts that are numbers and can be added up, whatever the server told. */
export function withSoundUsage(answer: AssistantMessage): AssistantMessage {
  const { costUsd, ...tokens } = soundUsage(usageOf(answer.usage));
  return { ...answer, usage: { ...answer.usage, ...tokens, cost: { ...answer.usage.cost, total: costUsd } } };
}
