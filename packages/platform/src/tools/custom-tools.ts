import type { CustomToolSpec } from "./custom-tool-options.ts";
import type { HostTool, ToolContent } from "./host-tool.ts";
import type { ToolExecution } from "./tool-batch.ts";

/** Whose run the tools are for. */
export interface CustomToolPlace {
  readonly userId: string;
  readonly sessionId: string;
  readonly toolExecution: ToolExecution;
}

/** The application's tools as tools of one run. */
export function customTools(
  tools: readonly CustomToolSpec[],
  { userId, sessionId, toolExecution }: CustomToolPlace,
): HostTool[] {
  return tools.map(({ execute, parallel, ...tool }) => ({
    ...tool,
    parallel: parallel ?? toolExecution === "parallel",
    execute: async (input, { toolCallId, signal, onUpdate }) => {
      const returned = await execute(input, { userId, sessionId, toolCallId, signal, onUpdate });
      return typeof returned === "string" ? textContent(returned) : returned;
    },
  }));
}

function textContent(text: string): readonly ToolContent[] {
  return [{ type: "text", text }];
}
