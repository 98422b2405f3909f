import { validateHeaderName, validateHeaderValue } from "node:http";
import { ModelServerError } from "./errors.ts";
import {
  anyString,
  asList,
  type FieldRule,
  fieldProblem,
  isRecord,
  nonEmptyString,
  oneOf,
  onlyTrue,
  wholeNumber,
} from "./fields.ts";
import type { ModelFault, ModelReply } from "./reply.ts";

/** The longest delay that Node's timers can keep, in milliseconds. */
const longestDelayMs = 2 ** 31 - 1;

const anyRecord: FieldRule = (value) => (isRecord(value) ? undefined : "an object");

const headerRecord: FieldRule = (value) =>
  isRecord(value) && Object.entries(value).every(([name, header]) => isHeader(name, header))
    ? undefined
    : "an object of header names and values that HTTP allows";

function isHeader(name: string, value: unknown): boolean {
  if (typeof value !== "string") return false;
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false; // Node says what it accepts only by throwing
  }
}

const replyRules = {
  text: anyString,
  thinking: anyString,
  toolCalls: (value) => (Array.isArray(value) ? undefined : "an array"),
  usage: anyRecord,
  stopReason: oneOf(["stop", "toolUse", "length", "refusal"]),
  chunkSize: wholeNumber(1),
  chunkDelayMs: wholeNumber(0, longestDelayMs),
  fault: anyRecord,
} satisfies Record<keyof ModelReply, FieldRule>;

const toolCallRules: Record<string, FieldRule> = {
  name: nonEmptyString,
  arguments: (value) => (isRecord(value) || typeof value === "string" ? undefined : "an object or a string"),
  id: nonEmptyString,
};

const tokens = wholeNumber(0);
const usageRules: Record<string, FieldRule> = {
  inputTokens: tokens,
  outputTokens: tokens,
  cacheReadTokens: tokens,
  cacheWriteTokens: tokens,
  reasoningTokens: tokens,
};

const faultRules = {
  status: wholeNumber(200, 599),
  headers: headerRecord,
  body: (value) =>
    typeof value === "string" || (typeof value === "object" && value !== null)
      ? undefined
      : "a string or an object",
  delayFirstByteMs: wholeNumber(0, longestDelayMs),
  cutAfterChunks: wholeNumber(0),
  malformedChunkAt: wholeNumber(0),
  hang: onlyTrue,
  emptyAnswer: onlyTrue,
} satisfies Record<keyof ModelFault, FieldRule>;

/**
 * Narrows what a script answered to a reply.
 *
 * @throws ModelServerError `MODEL_SERVER_REPLY`, naming the field.
 */
export function assertReply(value: unknown): asserts value is ModelReply {
  const problem = replyProblem(value);
  if (problem !== undefined)
    throw new ModelServerError("MODEL_SERVER_REPLY", `${problem}. Correct the script.`);
}

function replyProblem(value: unknown): string | undefined {
  const shape = fieldProblem(value, "reply", replyRules);
  if (shape !== undefined || !isRecord(value)) return shape;
  return (
    (value.usage === undefined ? undefined : fieldProblem(value.usage, "reply.usage", usageRules)) ??
    toolCallsProblem(value.toolCalls) ??
    faultProblem(value.fault) ??
    contentProblem(value)
  );
}

function toolCallsProblem(calls: unknown): string | undefined {
  const ids = new Set<unknown>();
  for (const [index, call] of asList(calls).entries()) {
    const where = `reply.toolCalls[${index}]`;
    const problem = fieldProblem(call, where, toolCallRules);
    if (problem !== undefined || !isRecord(call)) return problem;
    if (call.name === undefined || call.arguments === undefined) return `${where} needs name and arguments`;
    if (call.id !== undefined && ids.has(call.id)) return `${where}.id ${call.id} is used twice`;
    ids.add(call.id);
  }
  return undefined;
}

function faultProblem(fault: unknown): string | undefined {
  if (fault === undefined) return undefined;
  const shape = fieldProblem(fault, "reply.fault", faultRules);
  if (shape !== undefined || !isRecord(fault)) return shape;
  const given = Object.keys(fault).filter((key) => fault[key] !== undefined && key !== "delayFirstByteMs");
  if (fault.status !== undefined) {
    const other = given.find((key) => key !== "status" && key !== "headers" && key !== "body");
    return other === undefined ? undefined : `reply.fault.status cannot be combined with ${other}`;
  }
  if (fault.headers !== undefined || fault.body !== undefined) {
    return "reply.fault.headers and reply.fault.body need reply.fault.status";
  }
  const other = given.find((key) => key !== "hang");
  return fault.hang && other !== undefined ? `reply.fault.hang cannot be combined with ${other}` : undefined;
}

/** An answer that is empty by mistake would look like a model that has nothing to say. */
function contentProblem(reply: Record<string, unknown>): string | undefined {
  const fault = isRecord(reply.fault) ? reply.fault : {};
  const hasContent =
    [reply.text, reply.thinking].some((text) => typeof text === "string" && text !== "") ||
    asList(reply.toolCalls).length > 0;
  const replaced = fault.status !== undefined || fault.hang === true || fault.emptyAnswer === true;
  if (hasContent && replaced) return "reply has both content and a fault that sends none; keep one of them";
  if (!hasContent && !replaced) {
    return "reply has no content: give text, thinking, toolCalls, or fault: { emptyAnswer: true }";
  }
  return undefined;
}
