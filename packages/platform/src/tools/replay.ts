import { type ToolCall, unfinishedResult } from "@cloison/sessions";
import type { HostTool } from "./host-tool.ts";
import { readOnlyTools } from "./read-only-tools.ts";
import type { GateDecision, ToolGate } from "./tool-gate.ts";

/** The calls that an interrupted run left without a result, and what may be called. */
export interface Replay {
  readonly calls: readonly ToolCall[];
  readonly hostTools: ReadonlyMap<string, HostTool>;
}

/**
 * A gate for a run that goes on with such calls: of these it lets through those whose tool may be called once more
 * without harm, and tells the model of the others that nobody knows what came of them. All later calls are the
 * given gate's.
 */
export function replayGate(gate: ToolGate, { calls, hostTools }: Replay): ToolGate {
  // Each call passes the gate once, in the order of the calls.
  let left = calls.length;
  return {
    before: async (call, signal): Promise<GateDecision> => {
      const isReplay = left > 0;
      left -= 1;
      if (isReplay && !isSafe(call.name, hostTools)) return { blocked: unfinished(call) };
      return gate.before(call, signal);
    },
    after: (call, outcome, signal) => gate.after(call, outcome, signal),
  };
}

function isSafe(name: string, hostTools: ReadonlyMap<string, HostTool>): boolean {
  return hostTools.get(name)?.replay === "safe" || readOnlyTools.has(name);
}

function unfinished(call: ToolCall): string {
  const { content } = unfinishedResult(call, Date.now());
  return content.map((block) => (block.type === "text" ? block.text : "")).join("\n");
}
