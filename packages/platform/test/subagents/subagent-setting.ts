import type { ModelRequest, ModelReply as Reply } from "@cloison/testing";
import type { PlatformOptions, SubagentOptions } from "../../src/index.ts";
import { setting } from "../setting.ts";

/** What an agent answers, turn by turn. */
export type Part = readonly (Reply | ((request: ModelRequest) => Reply))[];

/** Agents whose model is scripted by what they were asked first; each plays its own part, whoever else talks. */
export function agents(
  parts: Readonly<Record<string, Part>>,
  subagents: SubagentOptions,
  options: Partial<PlatformOptions> = {},
) {
  const script = (request: ModelRequest): Reply => {
    const asked = request.messages[0]?.text ?? "";
    const turn = request.messages.filter(({ role }) => role === "assistant").length;
    const step = parts[asked]?.[turn];
    if (step === undefined)
      return { text: `nothing is planned for turn ${turn} of ${JSON.stringify(asked)}` };
    return typeof step === "function" ? step(request) : step;
  };
  return setting(script, { subagents, ...options });
}

/** A reply that starts subagents, each by role and task. */
export function spawn(...subagents: readonly (readonly [role: string, task: string])[]): Reply {
  return {
    toolCalls: subagents.map(([role, task]) => ({ name: "subagent_spawn", arguments: { role, task } })),
  };
}

/** A reply that says what the last tools came to. */
export function tell({ messages }: ModelRequest): Reply {
  const results = messages.at(-1)?.toolResults ?? [];
  return { text: results.map(({ text }) => text.trim()).join(" | ") || "nothing" };
}
