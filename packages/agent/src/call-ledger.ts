import { AgentProtocolError } from "./errors.ts";
import type { ToolNotice } from "./protocol.ts";
import type { ToolCall, ToolResult } from "./turn.ts";

/** What a tool call of the model's last turn does. Ids, names and arguments are the host's own. */
export type AgentEvent =
  | {
      readonly type: "tool_start";
      readonly toolCallId: string;
      readonly toolName: string;
      readonly arguments: Readonly<Record<string, unknown>>;
    }
  | {
      readonly type: "tool_update";
      readonly toolCallId: string;
      readonly toolName: string;
      /** The end of the output so far, at most 4096 characters. */
      readonly text: string;
    }
  | {
      readonly type: "tool_end";
      readonly toolCallId: string;
      readonly toolName: string;
      readonly result: ToolResult;
    };

interface OpenCall {
  readonly call: ToolCall;
  state: "called" | "started";
}

function refuse(complaint: string): never {
  throw new AgentProtocolError(`the agent worker broke the protocol: ${complaint}`);
}

/**
 * Keeps the worker honest: it can only start, and then end once, the tool calls of the last assistant turn,
 * and every one of them before it may ask for the next. So the transcript never has a result without its
 * call, a call without its result, or an assistant message that no model wrote.
 */
export class CallLedger {
  #open = new Map<string, OpenCall>();
  #order: readonly string[] = [];
  #results = new Map<string, ToolResult>();

  /** A turn of the model was sent to the worker; its calls are open now. */
  begin(calls: ReadonlyMap<string, ToolCall>): void {
    this.#order = [...calls.keys()];
    this.#results = new Map();
    this.#open = new Map([...calls].map(([id, call]) => [id, { call, state: "called" }]));
  }

  /** Takes a notice and says what it means. Throws {@link AgentProtocolError}. */
  take(notice: ToolNotice): AgentEvent {
    const { toolCallId } = notice;
    const open = this.#open.get(toolCallId);
    if (open === undefined) refuse("a notice names a tool call that is not open");
    const { id, name: toolName, arguments: args } = open.call;
    if (notice.type === "start") {
      if (open.state !== "called") refuse("a tool call was started twice");
      open.state = "started";
      return { type: "tool_start", toolCallId: id, toolName, arguments: args };
    }
    if (open.state !== "started") refuse(`a tool call that was not started sent an ${notice.type}`);
    if (notice.type === "update") return { type: "tool_update", toolCallId: id, toolName, text: notice.text };
    const result = { toolCallId: id, toolName, content: notice.content, isError: notice.isError };
    this.#open.delete(id);
    this.#results.set(id, result);
    return { type: "tool_end", toolCallId: id, toolName, result };
  }

  /** The results of all calls in the order of the calls. Throws {@link AgentProtocolError} while one is open. */
  settle(): readonly ToolResult[] {
    if (this.#open.size > 0) refuse(`${this.#open.size} tool calls have no result`);
    const results = this.#order.map((id) => this.#results.get(id)).filter((result) => result !== undefined);
    this.begin(new Map());
    return results;
  }
}
