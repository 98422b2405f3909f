import type { JsonObject } from "@cloison/sessions";
import type { SubagentRole } from "../options/subagent-options.ts";
import type { HostTool, HostToolCall } from "../tools/host-tool.ts";

export const SPAWN_TOOL = "subagent_spawn";

/** What the model may say of a subagent. */
export interface SpawnInput {
  readonly role: string;
  readonly task: string;
}

/** A tool has no time limit of its own that would be shorter than a role's. */
const LONGEST_MS = 86_400_000;

/**
 * The tool by which an agent starts subagents.
 *
 * @param roles those that this agent may start
 * @param spawn gives the subagent's answer
 */
export function spawnTool(
  roles: ReadonlyMap<string, SubagentRole>,
  spawn: (input: SpawnInput, call: HostToolCall) => Promise<string>,
): HostTool {
  const lines = [...roles].map(([name, { description }]) => `- ${name}: ${description}`);
  return {
    name: SPAWN_TOOL,
    description: [
      "Give a task to a subagent and wait for its answer. It has its own sandbox and conversation, and knows " +
        "nothing but the task: put into it all that it needs to know. Call this several times in one answer for " +
        "tasks that do not need each other. Roles:",
      ...lines,
    ].join("\n"),
    parameters: {
      type: "object",
      properties: {
        role: { type: "string", description: `The kind of subagent: ${[...roles.keys()].join(", ")}` },
        task: { type: "string", minLength: 1, description: "What it is to do, and what to answer" },
      },
      required: ["role", "task"],
      additionalProperties: false,
    },
    // What a subagent did cannot be undone by asking a second one.
    replay: "never",
    parallel: true,
    timeoutMs: LONGEST_MS,
    execute: async (input, call) => [{ type: "text", text: await spawn(readInput(input), call) }],
  };
}

function readInput({ role, task }: JsonObject): SpawnInput {
  return { role: typeof role === "string" ? role : "", task: typeof task === "string" ? task : "" };
}
