import type { JsonObject } from "@cloison/sessions";
import { type OptionReader, readOptions } from "../options/option-reader.ts";
import type { ToolContent } from "../tools/host-tool.ts";
import type { HookName } from "./hook-inputs.ts";
import { copyJson } from "./json-copy.ts";

const NO_JSON = "must be plain JSON, of at most 64 levels, without keys that name a prototype";

export interface AgentStartChange {
  /** Goes behind the system prompt, after an empty line. */
  readonly systemPrompt?: string | undefined;
  /** The model sees it before the user's message; it is stored in the session. */
  readonly prependContext?: string | undefined;
}

export interface ToolCallChange {
  /** Do not carry the call out. */
  readonly block?: boolean | undefined;
  /** With `block`: what the model is told in place of a result. */
  readonly reason?: string | undefined;
  /** Carry it out with this input. */
  readonly input?: JsonObject | undefined;
}

export interface ToolResultChange {
  /** In place of the result: a text, */
  readonly output?: string | undefined;
  /** or texts and images. */
  readonly content?: readonly ToolContent[] | undefined;
  readonly isError?: boolean | undefined;
}

export interface ModelCallChange {
  /** End the run with a HookBlockedError in place of this call. */
  readonly block?: boolean | undefined;
  /** With `block`: why, for the error. */
  readonly reason?: string | undefined;
}

/** What the hooks of each name may return; nothing means: go on. */
export interface HookResults {
  readonly session_start: undefined;
  readonly session_end: undefined;
  readonly before_agent_start: AgentStartChange | undefined;
  readonly after_agent_end: undefined;
  readonly before_tool_call: ToolCallChange | undefined;
  readonly after_tool_call: ToolResultChange | undefined;
  readonly before_model_call: ModelCallChange | undefined;
  readonly after_model_call: undefined;
}

/** A hook that only looks on. An object is a change that somebody expects to be made. */
function onlooker(name: HookName): (value: unknown) => undefined {
  return (value) => {
    if (typeof value !== "object" || value === null) return undefined;
    throw readOptions(name, {}, []).refuse("result", "must be undefined: this hook cannot change anything");
  };
}

const readers: { readonly [N in HookName]: (value: unknown) => HookResults[N] } = {
  session_start: onlooker("session_start"),
  session_end: onlooker("session_end"),
  after_agent_end: onlooker("after_agent_end"),
  after_model_call: onlooker("after_model_call"),
  before_agent_start: (value) => {
    const given = readOptions("before_agent_start", value, ["systemPrompt", "prependContext"]);
    return {
      systemPrompt: given.optionalText("systemPrompt"),
      prependContext: given.optionalText("prependContext"),
    };
  },
  before_tool_call: (value) => {
    const given = readOptions("before_tool_call", value, ["block", "reason", "input"]);
    const input = given.optionalObject("input");
    if (input === undefined) return readBlock(given);
    const copy = copyJson(input);
    if (copy === undefined) throw given.refuse("input", NO_JSON);
    return { ...readBlock(given), input: copy };
  },
  before_model_call: (value) => readBlock(readOptions("before_model_call", value, ["block", "reason"])),
  after_tool_call: (value) => {
    const given = readOptions("after_tool_call", value, ["output", "content", "isError"]);
    const output = given.has("output") ? given.string("output") : undefined;
    const content = readContent(given);
    if (output !== undefined && content !== undefined)
      throw given.refuse("content", "is given beside output; give one of them");
    return { output, content, isError: given.optionalFlag("isError") };
  },
};

/**
 * Checks what a hook has returned: a misspelt `block` must not be a call that goes ahead.
 *
 * @throws InvalidOptionError
 */
export function readHookResult<N extends HookName>(name: N, value: unknown): HookResults[N] | undefined {
  return value === undefined ? undefined : readers[name](value);
}

function readBlock(given: OptionReader): Pick<ToolCallChange, "block" | "reason"> {
  const block = given.optionalFlag("block");
  const reason = given.optionalText("reason");
  if (reason !== undefined && block !== true) throw given.refuse("reason", "is given without block: true");
  return { block, reason };
}

function readContent(given: OptionReader): readonly ToolContent[] | undefined {
  return given.optionalList("content")?.map((block) => {
    const known = readOptions("the option content", block, ["type", "text", "data", "mimeType"]);
    const type = known.text("type");
    if (type === "text" && !known.has("data") && !known.has("mimeType"))
      return { type, text: known.string("text") };
    if (type === "image" && !known.has("text"))
      return { type, data: known.text("data"), mimeType: known.text("mimeType") };
    throw given.refuse("content", 'must be a list of { type: "text" } and { type: "image" }');
  });
}
