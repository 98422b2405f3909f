import type { AgentEvent } from "@cloison/agent";
import type { RunEvent } from "./run-events.ts";

/** Tells what a tool does as an event of the run. */
export function toolEvent(event: AgentEvent): RunEvent {
  const { toolCallId, toolName } = event;
  switch (event.type) {
    case "tool_start":
      return { type: "tool_start", toolCallId, toolName, input: event.arguments };
    case "tool_update":
      return { type: "tool_update", toolCallId, toolName, output: event.text };
    case "tool_end": {
      const output = event.result.content.map(({ text }) => text).join("\n");
      return { type: "tool_end", toolCallId, toolName, output, isError: event.result.isError };
    }
  }
}
