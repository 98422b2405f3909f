import { isDeepStrictEqual } from "node:util";
import type { JsonObject, Session, ToolCall } from "@cloison/sessions";
import type { ApprovalBoard } from "../approvals/approval-board.ts";
import { HookError } from "../errors/hook-errors.ts";
import { readOptions } from "../options/option-reader.ts";
import type { ToolOutcome } from "../tools/host-tool.ts";
import type { GateDecision, ToolGate } from "../tools/tool-gate.ts";
import { CallApprovals } from "./call-approvals.ts";
import type { Registration } from "./hook-registry.ts";
import type { ToolResultChange } from "./hook-results.ts";
import { copyJson } from "./json-copy.ts";
import type { RunHooks } from "./run-hooks.ts";

/** The model is not told why: an error's words are the host's. */
const CHECK_FAILED = "This call was not carried out: a check of the application could not be completed.";
const NOT_ALLOWED = "This call was not carried out: the application does not allow it.";
const UNFIT = "This call was not carried out: its input is nested too deeply, or names a prototype.";
const WITHHELD =
  "This call was carried out, but its result is withheld: a check of the application could not be completed.";

/** Marks what a tool call was carried out with. */
const TOOL_INPUT = "cloison.tool_input";

const CHANGED = readOptions("before_tool_call", {}, []).refuse(
  "input",
  "was changed after a person had approved another; change it in a hook that comes before the one that asks",
);

export interface HookGateParts {
  readonly hooks: RunHooks;
  readonly approvals: ApprovalBoard;
  /** Here it is stored what a call is carried out with, where that is not what the model has asked for. */
  readonly session: Session;
}

/** What one call has come to on its way through the hooks. */
interface Passage {
  input: JsonObject;
  /** What a person has allowed. */
  approved: JsonObject | undefined;
}

/** Lets the hooks decide on tool calls, each in its turn; without any it lets everything through. */
export function createHookGate(parts: HookGateParts): ToolGate {
  const { hooks } = parts;
  /** What calls are carried out with that are going on. */
  const inputs = new Map<string, JsonObject>();
  return {
    before: async (call, signal) => {
      // A call before it that had this id may have come to nothing after the hooks.
      inputs.delete(call.id);
      const registrations = hooks.of("before_tool_call");
      if (registrations.length + hooks.of("after_tool_call").length === 0) return { input: call.arguments };
      if (copyJson(call.arguments) === undefined) return { blocked: UNFIT };
      try {
        const decision = await decide({ parts, call, signal }, registrations);
        if ("blocked" in decision || decision.input === call.arguments) return decision;
        const data = { toolCallId: call.id, input: decision.input };
        await parts.session.append({ type: "custom", customType: TOOL_INPUT, data });
        inputs.set(call.id, decision.input);
        return decision;
      } catch (error) {
        hooks.report(error, call.id);
        return { blocked: CHECK_FAILED };
      }
    },
    after: async (call, outcome, signal) => {
      const input = inputs.get(call.id) ?? call.arguments;
      inputs.delete(call.id);
      let result = outcome;
      for (const registration of hooks.of("after_tool_call")) {
        const own = { ...namesOf(call), input: structuredClone(input), ...shown(result) };
        try {
          const change = await hooks.call({
            registration,
            input: () => own,
            signal,
          });
          result = changed(result, change);
        } catch (error) {
          hooks.report(error, call.id);
          result = { content: [{ type: "text", text: WITHHELD }], isError: true };
        }
      }
      return result;
    },
  };
}

interface Deciding {
  readonly parts: HookGateParts;
  readonly call: ToolCall;
  readonly signal: AbortSignal;
}

/** @throws HookError; the signal's reason */
async function decide(
  deciding: Deciding,
  registrations: readonly Registration<"before_tool_call">[],
): Promise<GateDecision> {
  const { call } = deciding;
  const passage: Passage = { input: call.arguments, approved: undefined };
  for (const registration of registrations) {
    const blocked = await ask(deciding, registration, passage);
    if (blocked !== undefined) return { blocked };
  }
  const { input, approved } = passage;
  // What a person has seen is what is carried out, and nothing else.
  if (approved !== undefined && !isDeepStrictEqual(approved, copyJson(input)))
    throw new HookError("before_tool_call", "result", CHANGED);
  return { input };
}

/** @returns why the call is blocked, for the model */
async function ask(
  { parts: { hooks, approvals }, call, signal }: Deciding,
  registration: Registration<"before_tool_call">,
  passage: Passage,
): Promise<string | undefined> {
  const input = copyJson(passage.input);
  if (input === undefined) return UNFIT;
  const desk = new CallApprovals({ hooks, approvals, call: { ...namesOf(call), input }, signal });
  try {
    const change = await hooks.call({
      registration,
      signal,
      input: ({ limit }) => ({
        ...namesOf(call),
        input: structuredClone(input),
        approve: (question) => desk.approve(question, limit),
      }),
    });
    if (change?.block === true) return change.reason ?? NOT_ALLOWED;
    const refused = await desk.refused();
    if (refused !== undefined) return refused;
    if (desk.asked) passage.approved = input;
    if (change?.input !== undefined) passage.input = change.input;
    return undefined;
  } finally {
    desk.close();
  }
}

function namesOf({ id: toolCallId, name: toolName }: ToolCall) {
  return { toolCallId, toolName };
}

function shown({ content, isError }: ToolOutcome) {
  const texts = content.flatMap((block) => (block.type === "text" ? block.text : []));
  return { content: structuredClone(content), output: texts.join("\n"), isError };
}

function changed(outcome: ToolOutcome, change: ToolResultChange | undefined): ToolOutcome {
  if (change === undefined) return outcome;
  const { output, content, isError = outcome.isError } = change;
  const text = output === undefined ? undefined : [{ type: "text" as const, text: output }];
  return { content: text ?? content ?? outcome.content, isError };
}
