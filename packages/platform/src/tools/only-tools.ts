import type { HostTool } from "./host-tool.ts";
import type { ToolGate } from "./tool-gate.ts";

/**
 * A gate that lets a call through only if the agent has the tool, however it came to know of it.
 *
 * @param only names of the sandbox's tools that it may call; undefined for all
 */
export function onlyTools(
  only: readonly string[] | undefined,
  hostTools: ReadonlyMap<string, HostTool>,
  gate: ToolGate,
): ToolGate {
  if (only === undefined) return gate;
  const names = [...only, ...hostTools.keys()];
  return {
    before: async (call, signal) =>
      names.includes(call.name)
        ? gate.before(call, signal)
        : { blocked: `Tool ${call.name} is not one of yours; use ${names.join(", ") || "none"}` },
    after: (call, outcome, signal) => gate.after(call, outcome, signal),
  };
}
