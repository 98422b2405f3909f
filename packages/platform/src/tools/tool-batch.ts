import type { ToolCall } from "@cloison/sessions";
import type { HostTool } from "./host-tool.ts";
import { readOnlyTools } from "./read-only-tools.ts";

/**
 * How the tool calls of one answer are carried out. `safe-parallel`: those at once that follow each other and do
 * not disturb each other: `read`, `grep`, `find`, `ls` and host tools that are marked `parallel`. `parallel`:
 * all, but for host tools that are marked otherwise. `sequential`: one after another.
 */
export type ToolExecution = "safe-parallel" | "parallel" | "sequential";

/** Most calls that go on at once, so that an answer with a thousand calls is no burst of a thousand. */
const MOST_AT_ONCE = 8;

/** Takes the calls out of a list that are to be carried out next, at once. */
export function takeBatch(
  waiting: ToolCall[],
  toolExecution: ToolExecution,
  hostTools: ReadonlyMap<string, HostTool>,
): ToolCall[] {
  const goesBeside = ({ name }: ToolCall) => {
    if (toolExecution === "sequential") return false;
    const tool = hostTools.get(name);
    return tool === undefined ? toolExecution === "parallel" || readOnlyTools.has(name) : tool.parallel;
  };
  const [first] = waiting;
  if (first === undefined) return [];
  const ids = new Set([first.id]);
  let count = 1;
  for (const call of goesBeside(first) ? waiting.slice(1, MOST_AT_ONCE) : []) {
    // Models have given two calls one id; the worker tells their results apart by that.
    if (!goesBeside(call) || ids.has(call.id)) break;
    ids.add(call.id);
    count += 1;
  }
  return waiting.splice(0, count);
}
