import { ToolError } from "./errors.ts";
import type { ToolContext, WorkerTool } from "./tool.ts";

/**
 * Runs a tool, and ends it as an abort does when its time is over. Rejects then with what it rejected with and
 * a note for the model; a result that is there all the same is a result.
 */
export async function executeWithin(
  timeoutMs: number | undefined,
  { execute }: WorkerTool,
  args: unknown,
  context: ToolContext,
): Promise<string> {
  if (timeoutMs === undefined) return execute(args, context);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new ToolError("The tool was ended.")), timeoutMs);
  try {
    return await execute(args, { ...context, signal: AbortSignal.any([context.signal, late.signal]) });
  } catch (error) {
    if (!late.signal.aborted || context.signal.aborted) throw error;
    const words = error instanceof Error ? error.message : String(error);
    throw new ToolError(
      `${words}\n\nTool timed out after ${timeoutMs} ms, the most that one call may take here.`,
      { cause: error },
    );
  } finally {
    clearTimeout(timer);
  }
}
