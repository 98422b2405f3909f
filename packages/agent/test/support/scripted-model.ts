import type { ModelTurn } from "../../src/agent-run.ts";
import type { AssistantTurn, ToolResult } from "../../src/turn.ts";

type Step = AssistantTurn | ((turn: ModelTurn) => AssistantTurn | Promise<AssistantTurn>);

/** A model that answers by a script, and what it was told. */
export interface ScriptedModel {
  readonly callModel: (turn: ModelTurn) => Promise<AssistantTurn>;
  /** The tool results of each turn. */
  readonly seen: (readonly ToolResult[])[];
}

/** The last step answers whatever comes after it, too. */
export function createScriptedModel(...script: Step[]): ScriptedModel {
  const seen: (readonly ToolResult[])[] = [];
  return {
    seen,
    async callModel(turn) {
      const step = script[Math.min(seen.length, script.length - 1)] ?? say("nothing");
      seen.push(turn.toolResults);
      return typeof step === "function" ? step(turn) : step;
    },
  };
}

/** A last turn. */
export function say(text: string): AssistantTurn {
  return { content: [{ type: "text", text }], stopReason: "stop" };
}

/** A turn with tool calls, whose ids are `call-1`, `call-2`, … unless told. */
export function call(
  ...calls: readonly { name: string; id?: string; args?: Record<string, unknown> }[]
): AssistantTurn {
  const content = calls.map(({ name, id, args }, index) => ({
    type: "toolCall" as const,
    id: id ?? `call-${index + 1}`,
    name,
    arguments: args ?? {},
  }));
  return { content, stopReason: "toolUse" };
}

/** A turn that runs one command. */
export function bash(command: string, rest: object = {}): AssistantTurn {
  return call({ name: "bash", args: { command, ...rest } });
}

/** The text of the only result of a turn. */
export function onlyText(results: readonly ToolResult[] | undefined): string {
  return results?.length === 1
    ? (results[0]?.content.map(({ text }) => text).join("") ?? "")
    : `${results?.length} results`;
}
