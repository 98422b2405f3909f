import { AgentProtocolError } from "./errors.ts";
import {
  type ModelParams,
  maxResultBlocks,
  maxResultChars,
  maxUpdateChars,
  type ToolNotice,
  type WireContent,
} from "./protocol.ts";

type Members = Readonly<Record<string, unknown>>;

function refuse(complaint: string): never {
  throw new AgentProtocolError(`the agent worker broke the protocol: ${complaint}`);
}

/** An object with exactly these members. */
function members(value: unknown, what: string, names: readonly string[]): Members {
  if (typeof value !== "object" || value === null || Array.isArray(value)) refuse(`${what} is not an object`);
  const found = Object.entries(value);
  if (found.length !== names.length || !found.every(([name]) => names.includes(name))) {
    refuse(`${what} does not have just the members ${names.join(", ")}`);
  }
  // A member called __proto__ would not survive fromEntries as one, but it is in no list of names.
  return Object.fromEntries(found);
}

function text(value: unknown, what: string, maxChars: number): string {
  if (typeof value !== "string") refuse(`${what} is not a string`);
  if (value.length > maxChars) refuse(`${what} has ${value.length} characters, over ${maxChars}`);
  // Half a surrogate pair is legal in JSON and in no model's API.
  return value.toWellFormed();
}

function runNumber(value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 1)
    refuse("run is not a run's number");
  return value;
}

function content(value: unknown): readonly WireContent[] {
  if (!Array.isArray(value) || value.length > maxResultBlocks) refuse("content is not a short list");
  let chars = 0;
  const blocks: WireContent[] = [];
  for (const item of value) {
    const block = members(item, "a content block", ["type", "text"]);
    if (block.type !== "text") refuse("a content block is not text");
    blocks.push({ type: "text", text: text(block.text, "a content block", maxResultChars - chars) });
    chars += blocks.at(-1)?.text.length ?? 0;
  }
  return blocks;
}

const noticeMembers = new Map([
  ["start", ["run", "type", "toolCallId"]],
  ["update", ["run", "type", "toolCallId", "text"]],
  ["end", ["run", "type", "toolCallId", "isError", "content"]],
]);

/** Parses the parameters of `tool`. Throws {@link AgentProtocolError}. */
export function parseToolNotice(params: unknown): ToolNotice {
  const type = typeof params === "object" && params !== null && "type" in params ? params.type : undefined;
  const names = typeof type === "string" ? noticeMembers.get(type) : undefined;
  if (names === undefined) refuse("a tool notice has no known type");
  const notice = members(params, `a ${type} notice`, names);
  const run = runNumber(notice.run);
  // Its length is bounded by the frame's; that it is one of ours is for the ledger to say.
  if (typeof notice.toolCallId !== "string") refuse("toolCallId is not a string");
  const { toolCallId } = notice;
  if (type === "start") return { run, type, toolCallId };
  if (type === "update")
    return { run, type, toolCallId, text: text(notice.text, "an update", maxUpdateChars) };
  if (typeof notice.isError !== "boolean") refuse("isError is not a boolean");
  return { run, type: "end", toolCallId, isError: notice.isError, content: content(notice.content) };
}

/** Parses the parameters of `model`. Throws {@link AgentProtocolError}. */
export function parseModelParams(params: unknown): ModelParams {
  return { run: runNumber(members(params, "a model request", ["run"]).run) };
}
