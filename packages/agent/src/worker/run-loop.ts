import {
  type AgentEvent,
  type AgentMessage,
  type AgentTool,
  runAgentLoop,
} from "@earendil-works/pi-agent-core";
import type { Message } from "@earendil-works/pi-ai";
import type { WireContent } from "../protocol.ts";
import { RunEndedError } from "./errors.ts";
import { executeWithin } from "./execute-within.ts";
import { createModelStream, hostModel } from "./model-stream.ts";
import type { ParsedTurn } from "./parse-host.ts";
import type { WorkerTool } from "./tool.ts";
import type { ToolReporter } from "./tool-reporter.ts";

interface LoopOptions {
  readonly prompt: string;
  readonly tools: readonly WorkerTool[];
  /** Milliseconds for one call of a tool; undefined when they take as long as they take. */
  readonly toolTimeoutMs: number | undefined;
  readonly signal: AbortSignal;
  /** Asks the host for the next assistant turn. */
  readonly ask: (signal: AbortSignal | undefined) => Promise<ParsedTurn>;
  readonly reporter: ToolReporter;
}

function toAgentTool(tool: WorkerTool, { signal, toolTimeoutMs, reporter }: LoopOptions): AgentTool {
  return {
    ...tool.definition,
    label: tool.definition.name,
    async execute(toolCallId, args) {
      // Updates go to the host at their own pace, past the loop: it would keep a promise for each.
      const onUpdate = (text: () => string) => reporter.update(toolCallId, text);
      const text = await executeWithin(toolTimeoutMs, tool, args, { signal, onUpdate });
      return { content: [{ type: "text", text }], details: undefined };
    },
  };
}

/** What a tool left in pi's event, whose type says `any`. Our tools only make text. */
function textContent(result: AgentToolResultLike): WireContent[] {
  return result.content.flatMap((block) =>
    block.type === "text" ? [{ type: "text", text: block.text ?? "" }] : [],
  );
}

interface AgentToolResultLike {
  readonly content: readonly { readonly type: string; readonly text?: string }[];
}

/** What was sent to the host is not needed here any more; pi would hold all of it until the run ends. */
function forget(...messages: readonly AgentMessage[]): void {
  for (const message of messages) {
    if (message.role === "assistant" || message.role === "toolResult") message.content.length = 0;
  }
}

async function report(event: AgentEvent, reporter: ToolReporter): Promise<void> {
  if (event.type === "tool_execution_start") {
    await reporter.start(event.toolCallId);
  } else if (event.type === "tool_execution_end") {
    const { toolCallId, isError, result } = event;
    await reporter.end(toolCallId, { isError, content: textContent(result) });
  } else if (event.type === "turn_end") {
    forget(event.message, ...event.toolResults);
  }
}

function isModelMessage(message: AgentMessage): message is Message {
  return ["system", "user", "assistant", "toolResult"].includes(message.role);
}

/**
 * Runs pi's agent loop once, with the host as its model. Resolves when the agent is done; rejects with
 * {@link RunEndedError} when the host gave no turn or the signal aborted.
 */
export async function runLoop(options: LoopOptions): Promise<void> {
  const { prompt, signal, reporter } = options;
  let parallel = false;
  const ask = async (askSignal: AbortSignal | undefined) => {
    const turn = await options.ask(askSignal);
    parallel = turn.parallel;
    return turn;
  };
  // runAgentLoop, not agentLoop: the latter never ends when something in it throws.
  const messages = await runAgentLoop(
    [{ role: "user", content: prompt, timestamp: Date.now() }],
    { messages: [], tools: options.tools.map((tool) => toAgentTool(tool, options)) },
    {
      model: hostModel,
      convertToLlm: (all) => all.filter(isModelMessage),
      // pi looks at it for each turn anew, and the host says for each turn what holds.
      get toolExecution() {
        return parallel ? "parallel" : "sequential";
      },
    },
    (event) => report(event, reporter),
    signal,
    createModelStream(ask),
  );
  const last = messages.findLast((message) => message.role === "assistant");
  if (last?.stopReason === "error" || last?.stopReason === "aborted") {
    throw new RunEndedError(last.errorMessage ?? last.stopReason);
  }
}
