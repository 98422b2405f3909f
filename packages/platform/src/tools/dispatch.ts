import type { AssistantTurn, ToolResult } from "@cloison/agent";
import type { JsonObject, ToolCall, ToolResultMessage } from "@cloison/sessions";
import type { RunListener } from "../run/run-events.ts";
import { boundedContent } from "./bounded-content.ts";
import { isBuiltin } from "./collect-host-tools.ts";
import type { HostTool, ToolOutcome } from "./host-tool.ts";
import { failure, inputComplaint, runHostTool } from "./run-host-tool.ts";
import { sendComplaint } from "./sendable-input.ts";
import { SentCalls } from "./sent-calls.ts";
import { type ToolExecution, takeBatch } from "./tool-batch.ts";
import type { ToolGate } from "./tool-gate.ts";

/** What tool calls of a run go through. */
export interface DispatchParts {
  readonly hostTools: ReadonlyMap<string, HostTool>;
  readonly gate: ToolGate;
  readonly emit: RunListener;
  /** Takes each result to be stored, as soon as it and those of all calls before it are known: in call order. */
  readonly keep: (result: ToolResultMessage) => void;
  readonly toolExecution: ToolExecution;
  /** Milliseconds for one call of a host tool that has no limit of its own. */
  readonly toolTimeoutMs: number | undefined;
}

/** A call that goes on, or that is already decided. */
interface Going {
  readonly call: ToolCall;
  readonly outcome: Promise<ToolOutcome>;
  /** What was not carried out, no hook is told the outcome of. */
  readonly carriedOut: boolean;
}

/**
 * Carries out the tool calls of one answer after the other. Each call passes the gate before anything of it
 * leaves the host; host tools run here; only the rest goes to the worker, and of that only what it is to do next.
 * Calls that go on at once are decided on, told and answered in the order of the answer all the same.
 */
export class ToolDispatch {
  readonly #parts: DispatchParts;
  readonly #sent = new SentCalls();
  #waiting: ToolCall[] = [];
  #finishing: Promise<void> = Promise.resolve();

  constructor(parts: DispatchParts) {
    this.#parts = parts;
  }

  /** An answer calls for these. */
  begin(calls: readonly ToolCall[]): void {
    this.#waiting = [...calls];
  }

  /** A call that the worker carries out has come to its end; others of its batch may still go on. */
  tell(result: ToolResult): void {
    this.#sent.settle(result);
  }

  /**
   * Goes on with the calls.
   *
   * @param results of what was sent to the worker the time before
   * @returns what the worker is to do now; undefined when all calls have results
   */
  async next(results: readonly ToolResult[], signal: AbortSignal): Promise<AssistantTurn | undefined> {
    for (const result of results) this.tell(result);
    await this.#finishing;
    const { toolExecution, hostTools } = this.#parts;
    while (this.#waiting.length > 0) {
      const turn = await this.#start(takeBatch(this.#waiting, toolExecution, hostTools), signal);
      if (turn !== undefined) return turn;
      await this.#finishing;
    }
    return undefined;
  }

  /** Resolves when nothing is done any more with results that have come; call it when the run's signal aborted. */
  async settled(): Promise<void> {
    await this.#finishing.catch(() => undefined);
  }

  /** @returns what of it the worker is to do */
  async #start(calls: readonly ToolCall[], signal: AbortSignal): Promise<AssistantTurn | undefined> {
    const going: Going[] = [];
    const content: ToolCall[] = [];
    for (const call of calls) {
      const decided = await this.#decide(call, signal);
      if ("isError" in decided) {
        going.push({ call, outcome: Promise.resolve(decided), carriedOut: false });
        continue;
      }
      const { hostTools, emit } = this.#parts;
      const { id: toolCallId, name: toolName } = call;
      // Who is told, and a tool of the host, get copies: what they change is neither the call nor the talk.
      const calledWith =
        decided.input === call.arguments ? {} : { calledWith: structuredClone(call.arguments) };
      emit({
        type: "tool_start",
        toolCallId,
        toolName,
        input: structuredClone(decided.input),
        ...calledWith,
      });
      const tool = hostTools.get(toolName);
      if (tool === undefined) content.push({ ...call, arguments: decided.input });
      const outcome =
        tool === undefined
          ? this.#sent.wait(toolCallId, signal)
          : this.#runHere(tool, call, structuredClone(decided.input), signal);
      // Whoever waits for it may be busy with one before.
      outcome.catch(() => undefined);
      going.push({ call, outcome, carriedOut: true });
    }
    this.#finishing = this.#finish(going, signal);
    this.#finishing.catch(() => undefined);
    if (content.length === 0) return undefined;
    return { content, stopReason: "toolUse", toolExecution: content.length > 1 ? "parallel" : "sequential" };
  }

  /** The input that it is carried out with; or the result of a call that is not. */
  async #decide(call: ToolCall, signal: AbortSignal): Promise<{ readonly input: JsonObject } | ToolOutcome> {
    // It is asked about every call, also one that cannot be carried out, and its word comes first.
    const decision = await this.#parts.gate.before(call, signal);
    if ("blocked" in decision) return failure(decision.blocked);
    const { name } = call;
    const tool = this.#parts.hostTools.get(name);
    if (tool === undefined && !isBuiltin(name)) return failure(`Tool ${name} not found`);
    const { input } = decision;
    // Whether input fits them, a worker's tools find out by themselves.
    const complaint = tool === undefined ? sendComplaint(name, input) : await inputComplaint(tool, input);
    return complaint === undefined ? decision : failure(complaint);
  }

  #runHere(tool: HostTool, call: ToolCall, input: JsonObject, signal: AbortSignal): Promise<ToolOutcome> {
    const { emit, toolTimeoutMs: timeoutMs } = this.#parts;
    const { id: toolCallId, name: toolName } = call;
    const onUpdate = (output: string) => emit({ type: "tool_update", toolCallId, toolName, output });
    return runHostTool(tool, { toolCallId, input, timeoutMs, signal, onUpdate });
  }

  /** Takes the outcomes in the order of the calls, each as soon as it and all before it are known. */
  async #finish(going: readonly Going[], signal: AbortSignal): Promise<void> {
    for (const { call, outcome, carriedOut } of going) {
      const known = await outcome;
      this.#add(call, carriedOut ? await this.#parts.gate.after(call, known, signal) : known);
    }
  }

  #add({ id: toolCallId, name: toolName }: ToolCall, outcome: ToolOutcome): void {
    // A worker, or whoever changed the outcome, may have left what no model takes.
    const bounded = boundedContent(outcome.content);
    const { content, isError } =
      bounded === undefined
        ? failure(`What came of ${toolName} cannot be shown.`)
        : { content: bounded, isError: outcome.isError };
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
