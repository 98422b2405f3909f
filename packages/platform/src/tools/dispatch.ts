import type { ToolResult } from "@cloison/agent";
import type { ToolCall, ToolResultMessage } from "@cloison/sessions";
import type { RunListener } from "../run/run-events.ts";
import { isBuiltin } from "./collect-host-tools.ts";
import type { HostTool, ToolOutcome } from "./host-tool.ts";
import type { ToolGate } from "./tool-gate.ts";

/** What tool calls of a run go through. */
export interface DispatchParts {
  readonly hostTools: ReadonlyMap<string, HostTool>;
  readonly gate: ToolGate;
  readonly emit: RunListener;
  /** Takes each result to be stored, as soon as it and those of all calls before it are known: in call order. */
  readonly keep: (result: ToolResultMessage) => void;
}

/**
 * Carries out the tool calls of one answer after the other. Each call passes the gate before anything of it
 * leaves the host; host tools run here; only the rest goes to the worker, and of that only what it is to do next.
 */
export class ToolDispatch {
  readonly #parts: DispatchParts;
  #waiting: ToolCall[] = [];
  #sent: ToolCall | undefined;

  constructor(parts: DispatchParts) {
    this.#parts = parts;
  }

  /** An answer calls for these. */
  begin(calls: readonly ToolCall[]): void {
    this.#waiting = [...calls];
  }

  /**
   * Goes on with the calls.
   *
   * @param results of what was sent to the worker the time before
   * @returns what the worker is to do now; undefined when all calls have results
   */
  async next(results: readonly ToolResult[], signal: AbortSignal): Promise<readonly ToolCall[] | undefined> {
    const [result] = results;
    if (this.#sent !== undefined && result !== undefined) {
      const { content, isError } = result;
      await this.#finish(this.#sent, { content: content.map((block) => ({ ...block })), isError }, signal);
      this.#sent = undefined;
    }
    for (let call = this.#waiting.shift(); call !== undefined; call = this.#waiting.shift()) {
      const decision = await this.#parts.gate.before(call, signal);
      if ("blocked" in decision) {
        this.#add(call, { content: [{ type: "text", text: decision.blocked }], isError: true });
        continue;
      }
      const { emit, hostTools } = this.#parts;
      const { id: toolCallId, name: toolName } = call;
      const calledWith = decision.input === call.arguments ? {} : { calledWith: call.arguments };
      emit({ type: "tool_start", toolCallId, toolName, input: decision.input, ...calledWith });
      const tool = hostTools.get(toolName);
      if (tool === undefined && isBuiltin(toolName)) {
        this.#sent = { ...call, arguments: decision.input };
        return [this.#sent];
      }
      const outcome = await execute(tool, { ...call, arguments: decision.input }, signal);
      await this.#finish(call, outcome, signal);
    }
    return undefined;
  }

  async #finish(call: ToolCall, outcome: ToolOutcome, signal: AbortSignal): Promise<void> {
    this.#add(call, await this.#parts.gate.after(call, outcome, signal));
  }

  #add({ id: toolCallId, name: toolName }: ToolCall, { content, isError }: ToolOutcome): void {
    const output = content
      .map((block) => (block.type === "text" ? block.text : `(${block.type})`))
      .join("\n");
    this.#parts.emit({ type: "tool_end", toolCallId, toolName, output, isError });
    this.#parts.keep({
      role: "toolResult",
      toolCallId,
      toolName,
      content: [...content],
      isError,
      timestamp: Date.now(),
    });
  }
}

async function execute(
  tool: HostTool | undefined,
  { id: toolCallId, name, arguments: input }: ToolCall,
  signal: AbortSignal,
): Promise<ToolOutcome> {
  if (tool === undefined) {
    return { content: [{ type: "text", text: `Tool ${name} not found` }], isError: true };
  }
  try {
    return {
      content: await tool.execute(input, { toolCallId, signal, onUpdate: () => undefined }),
      isError: false,
    };
  } catch (error) {
    return {
      content: [{ type: "text", text: error instanceof Error ? error.message : String(error) }],
      isError: true,
    };
  }
}
