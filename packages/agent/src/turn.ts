import { AgentTurnError } from "./errors.ts";
import type { WireTurn } from "./protocol.ts";
import { maxPayloadBytes } from "./read-options.ts";

/** Text of a tool result. */
export interface ToolResultContent {
  readonly type: "text";
  readonly text: string;
}

/** What a tool call came to. From inside the sandbox: data for the model, never an instruction for the host. */
export interface ToolResult {
  readonly toolCallId: string;
  readonly toolName: string;
  readonly content: readonly ToolResultContent[];
  readonly isError: boolean;
}

/** The model wants a tool to run. */
export interface ToolCall {
  readonly type: "toolCall";
  /** Unique in its turn. */
  readonly id: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** One answer of the model. pi's assistant messages fit. */
export interface AssistantTurn {
  readonly content: readonly (
    | { readonly type: "text"; readonly text: string }
    | { readonly type: "thinking"; readonly thinking: string }
    | ToolCall
  )[];
  /** After `length` the tool calls are not run: their arguments may be cut off. The model is told so. */
  readonly stopReason: "stop" | "toolUse" | "length";
  /**
   * `parallel`: its tool calls go on at once. Default: one after another, because models that make several
   * calls expect the second to see what the first did.
   */
  readonly toolExecution?: ToolExecution | undefined;
}

/** How the tool calls of one turn are carried out. */
export type ToolExecution = "sequential" | "parallel";

const stopReasons: readonly unknown[] = ["stop", "toolUse", "length"];
const toolExecutions: readonly unknown[] = ["sequential", "parallel"];

/** The tool calls of a turn by id, in order. Throws {@link AgentTurnError}. */
export function toolCallsOf(turn: AssistantTurn): ReadonlyMap<string, ToolCall> {
  if (!stopReasons.includes(turn.stopReason)) {
    throw new AgentTurnError(
      `callModel returned stopReason "${turn.stopReason}": return stop, toolUse or length, and throw for a failed call`,
    );
  }
  if (turn.toolExecution !== undefined && !toolExecutions.includes(turn.toolExecution)) {
    throw new AgentTurnError(
      `callModel returned toolExecution "${turn.toolExecution}": return sequential or parallel`,
    );
  }
  const calls = new Map<string, ToolCall>();
  for (const block of turn.content) {
    if (block.type !== "toolCall") continue;
    if (calls.has(block.id)) {
      throw new AgentTurnError(
        `callModel returned two tool calls with the id "${block.id}": make ids unique`,
      );
    }
    calls.set(block.id, block);
  }
  return calls;
}

/** Deepest nesting of a tool call's arguments; the frame around them takes some of the channel's 64. */
const maxDepth = 48;

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let deepest = 0;
  for (const member of Object.values(value)) deepest = Math.max(deepest, depthOf(member));
  return deepest + 1;
}

function checkSendable(turn: WireTurn): void {
  let bytes: number;
  let depth: number;
  try {
    bytes = Buffer.byteLength(JSON.stringify(turn));
    depth = depthOf(turn);
  } catch (cause) {
    throw new AgentTurnError("callModel returned arguments of a tool call that are not JSON", { cause });
  }
  if (bytes > maxPayloadBytes || depth > maxDepth) {
    throw new AgentTurnError(
      `callModel returned tool calls of ${bytes} bytes, nested ${depth} deep; most are ${maxPayloadBytes} and ${maxDepth}`,
    );
  }
}

/** What of a turn the worker gets. Throws {@link AgentTurnError} when it cannot be sent. */
export function toWireTurn(turn: AssistantTurn, calls: ReadonlyMap<string, ToolCall>): WireTurn {
  const toolCalls = [...calls.values()].map(({ id, name, arguments: args }) => ({
    id,
    name,
    arguments: args,
  }));
  const wire = { toolCalls, stopReason: turn.stopReason, parallel: turn.toolExecution === "parallel" };
  checkSendable(wire);
  return wire;
}
