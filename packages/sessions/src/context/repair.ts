import type { AssistantMessage, ToolCall, ToolResultMessage } from "../messages.ts";
import {
  callsIn,
  isPartial,
  missingBeginning,
  shownAnswer,
  shownWords,
  unfinishedResult,
} from "./answer-parts.ts";
import type { ConversationPart, VisibleEntry } from "./visible-message.ts";

/** A tool call and what came of it. */
interface CallSlot {
  readonly call: ToolCall;
  result?: { readonly entry: VisibleEntry; readonly message: ToolResultMessage };
}

interface Answer {
  readonly entry: VisibleEntry;
  readonly message: AssistantMessage;
  readonly slots: readonly CallSlot[];
}

/**
 * Puts in order what the providers of models refuse, wherever it stands, and as little else as can be: results
 * stand right behind their calls and in their order; a call without a result gets one that says so; a result
 * without a call, a second one, and an answer with nothing in it are left out; ids of calls are unique; the
 * first to speak is the user. What was said before decides alone, so nothing shown changes as the talk goes on,
 * but by a result that comes late.
 */
export function repaired(parts: readonly ConversationPart[]): ConversationPart[] {
  const ids: UsedIds = new Map();
  const shown = withResults(parts).flatMap((item) => ("slots" in item ? answerParts(item, ids) : [item]));
  const first = shown.find(({ message }) => message.role !== "system");
  if (first?.message.role !== "assistant") return shown;
  const beginning = { entry: first.entry, message: missingBeginning(first.message.timestamp) };
  return shown.toSpliced(shown.indexOf(first), 0, beginning);
}

/** Takes the results out of the talk and gives them to their calls. */
function withResults(parts: readonly ConversationPart[]): (ConversationPart | Answer)[] {
  const open = new Map<string, CallSlot[]>();
  return parts.flatMap(({ entry, message }): (ConversationPart | Answer)[] => {
    switch (message.role) {
      case "assistant": {
        const slots = callsIn(message).map((call): CallSlot => ({ call }));
        // Some models number their calls anew in each answer: a result is of the latest call of its id.
        for (const [id, same] of Map.groupBy(slots, ({ call }) => call.id)) open.set(id, same);
        return [{ entry, message, slots }];
      }
      case "toolResult": {
        const slot = open.get(message.toolCallId)?.shift();
        if (slot !== undefined) slot.result = { entry, message };
        return [];
      }
      case "user":
        return [{ entry, message: shownWords(message) }];
      default:
        return [{ entry, message }];
    }
  });
}

function answerParts({ entry, message, slots }: Answer, ids: UsedIds): ConversationPart[] {
  // Nobody carried out a call of an answer that did not come to its end, unless there is a result.
  const shown = isPartial(message) ? slots.filter(({ result }) => result !== undefined) : slots;
  const calls = new Set(shown.map(({ call }) => call));
  const answer = shownAnswer(message, (call) => calls.has(call));
  if (answer === undefined) return [];
  const renamed = new Map<ToolCall, ToolCall>();
  const results = shown.map(({ call, result }): ConversationPart => {
    const id = unusedId(call.id, ids);
    if (id !== call.id) renamed.set(call, { ...call, id });
    if (result === undefined) return { entry, message: unfinishedResult({ ...call, id }, message.timestamp) };
    const same = result.message.toolCallId === id;
    return same ? result : { entry: result.entry, message: { ...result.message, toolCallId: id } };
  });
  if (renamed.size === 0) return [{ entry, message: answer }, ...results];
  const content = answer.content.map((block) =>
    block.type === "toolCall" ? (renamed.get(block) ?? block) : block,
  );
  return [{ entry, message: { ...answer, content } }, ...results];
}

/** Anthropic's most for the id of a call (API reference, `^[a-zA-Z0-9_-]{1,64}$`). */
const MAX_ID_CHARS = 64;

/** Ids of calls that are shown, each with the last number that was put behind it. */
type UsedIds = Map<string, number>;

function unusedId(id: string, used: UsedIds): string {
  // Some models give all their calls one id: each look begins where the last one ended.
  let count = used.get(id) ?? 1;
  let unused = id;
  while (used.has(unused)) {
    count += 1;
    const suffix = `_${count}`;
    unused = `${id.slice(0, MAX_ID_CHARS - suffix.length)}${suffix}`;
  }
  if (unused !== id) used.set(id, count);
  used.set(unused, 1);
  return unused;
}
