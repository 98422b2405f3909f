import type { WorkerTool } from "../../src/worker/tool.ts";

/** Runs a tool as the worker does and returns its text; its updates go to `updates`. */
export function callTool(
  tool: WorkerTool,
  args: unknown,
  options: { signal?: AbortSignal; updates?: string[] } = {},
): Promise<string> {
  const { signal = new AbortController().signal, updates = [] } = options;
  return tool.execute(args, { signal, onUpdate: (text) => updates.push(text()) });
}
