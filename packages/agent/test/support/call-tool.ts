import type { WorkerTool } from "../../src/worker/tool.ts";

/** Runs a tool as the worker does and returns its text; its updates, never rate-limited, go to `onUpdate`. */
export function callTool(
  tool: WorkerTool,
  args: unknown,
  options: { signal?: AbortSignal; onUpdate?: (text: string) => unknown } = {},
): Promise<string> {
  const { signal = new AbortController().signal, onUpdate = () => undefined } = options;
  return tool.execute(args, { signal, onUpdate: (text) => onUpdate(text()) });
}
