import { type AgentEvent, CallLedger } from "./call-ledger.ts";
import {
  AgentAbortedError,
  AgentMaxTurnsError,
  AgentProtocolError,
  AgentStateError,
  AgentToolTimeoutError,
} from "./errors.ts";
import type { RunParams, ToolNotice, WireTurn } from "./protocol.ts";
import { maxTimerMs, readCount, readMs, readPrompt, refuseUnknown } from "./read-options.ts";
import { type AssistantTurn, type ToolResult, toolCallsOf, toWireTurn } from "./turn.ts";

const defaultMaxTurns = 100;
const defaultToolGraceMs = 10_000;

/** What `callModel` gets. */
export interface ModelTurn {
  /** One for each tool call of the turn before, in their order; empty the first time. */
  readonly toolResults: readonly ToolResult[];
  /** Aborts when the run is over, whatever ended it. Settle soon after: the run waits for that. */
  readonly signal: AbortSignal;
}

/** What one run needs. */
export interface AgentRunOptions {
  /** What the user asks. The worker sees it; put nothing secret into it. At most 4 MB. */
  readonly prompt: string;
  /**
   * The host's part of a turn: append the tool results to the conversation, ask the model, append and return
   * its answer. What it throws becomes the run's rejection as it is; the sandbox learns nothing of it.
   */
  readonly callModel: (turn: ModelTurn) => Promise<AssistantTurn>;
  /** Hears what the tools do. What it throws ends the run. */
  readonly onEvent?: ((event: AgentEvent) => void) | undefined;
  /** Aborts the run, the model call and the tools. */
  readonly signal?: AbortSignal | undefined;
  /** Most calls of the model, default 100. */
  readonly maxTurns?: number | undefined;
  /**
   * Milliseconds for one tool call; then its processes are killed and the model is told. Default: none, though
   * each tool has limits of its own. At most 2,147,483,647.
   */
  readonly toolTimeoutMs?: number | undefined;
  /** Milliseconds that the worker has to obey `toolTimeoutMs`, default 10,000. Then it is killed with its run. */
  readonly toolGraceMs?: number | undefined;
}

/** The names of {@link AgentRunOptions}. */
export const runOptionNames = [
  "prompt",
  "callModel",
  "onEvent",
  "signal",
  "maxTurns",
  "toolTimeoutMs",
  "toolGraceMs",
] as const;

/** Checks what a run is given before anything is started. Throws `AgentOptionsError`. */
export function checkRunOptions(options: AgentRunOptions): void {
  refuseUnknown(options, runOptionNames);
  readPrompt(options.prompt);
  readCount("maxTurns", options.maxTurns, defaultMaxTurns);
  readMs("toolTimeoutMs", options.toolTimeoutMs, 1);
  readMs("toolGraceMs", options.toolGraceMs, defaultToolGraceMs);
}

/** How a run went that came to its end. */
export interface AgentOutcome {
  /** How many times the model was called. */
  readonly turns: number;
}

/** The host's side of one run: whose turn it is, and what the worker may say at this point. */
export class AgentRun {
  readonly number: number;
  readonly #options: AgentRunOptions;
  readonly #ledger = new CallLedger();
  readonly #over = new AbortController();
  #turns = 0;
  #lastTurn = false;
  #toolTimer: NodeJS.Timeout | undefined;
  #modelCall: Promise<AssistantTurn> | undefined;
  #failed: { readonly error: unknown } | undefined;

  /** Throws `AgentOptionsError`. */
  constructor(number: number, options: AgentRunOptions) {
    checkRunOptions(options);
    this.number = number;
    this.#options = options;
  }

  /** What the worker is told of it. */
  get params(): RunParams {
    const { prompt, toolTimeoutMs } = this.#options;
    return { run: this.number, prompt, ...(toolTimeoutMs === undefined ? {} : { toolTimeoutMs }) };
  }

  get failed(): boolean {
    return this.#failed !== undefined;
  }

  /** Ends the run with an error; only the first counts. */
  fail(error: unknown): void {
    this.#failed ??= { error };
    this.#over.abort(error);
  }

  /**
   * Runs it: `ask` sends the request to the worker and is told by its signal to give it up. Settles after
   * `callModel` has settled, so that nobody writes to a conversation whose run is over.
   */
  async perform(ask: (signal: AbortSignal) => Promise<unknown>): Promise<AgentOutcome> {
    const { signal } = this.#options;
    const abort = () =>
      this.fail(new AgentAbortedError("the agent run was aborted", { cause: signal?.reason }));
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      this.#over.signal.throwIfAborted();
      await ask(this.#over.signal);
      this.#checkEnd();
      return { turns: this.#turns };
    } catch (error) {
      this.fail(error);
      throw this.#failed?.error;
    } finally {
      clearTimeout(this.#toolTimer);
      signal?.removeEventListener("abort", abort);
      await this.#modelCall?.catch(() => undefined);
    }
  }

  /** Takes a notice of this run. Throws `AgentProtocolError`. */
  take(notice: ToolNotice): void {
    if (this.failed) return;
    const event = this.#ledger.take(notice);
    try {
      this.#options.onEvent?.(event);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Calls the model once more. Throws `AgentProtocolError` when the worker may not ask for that now. */
  async nextTurn(): Promise<WireTurn> {
    if (this.#failed) throw new AgentStateError("the run is over");
    if (this.#modelCall) throw new AgentProtocolError("the agent worker asked for two turns at once");
    if (this.#lastTurn) throw new AgentProtocolError("the agent worker asked for a turn after the last one");
    const toolResults = this.#ledger.settle();
    clearTimeout(this.#toolTimer);
    try {
      const { maxTurns = defaultMaxTurns } = this.#options;
      if (this.#turns === maxTurns) {
        throw new AgentMaxTurnsError(`the agent was not done after ${maxTurns} turns: raise maxTurns`);
      }
      this.#turns++;
      return await this.#callModel(toolResults);
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  async #callModel(toolResults: readonly ToolResult[]): Promise<WireTurn> {
    const { callModel } = this.#options;
    const { signal } = this.#over;
    // In a promise of its own: a callModel that throws at once is no different.
    this.#modelCall = Promise.resolve().then(() => callModel({ toolResults, signal }));
    const turn = await this.#modelCall;
    this.#modelCall = undefined;
    const calls = toolCallsOf(turn);
    const wire = toWireTurn(turn, calls);
    this.#lastTurn = calls.size === 0;
    this.#ledger.begin(calls);
    this.#limit(wire);
    return wire;
  }

  /** The worker ends a call that takes too long; this is for one that does not. */
  #limit({ toolCalls, parallel }: WireTurn): void {
    const { toolTimeoutMs, toolGraceMs = defaultToolGraceMs } = this.#options;
    if (toolTimeoutMs === undefined || toolCalls.length === 0 || this.failed) return;
    const rounds = parallel ? 1 : toolCalls.length;
    const late = () =>
      this.fail(
        new AgentToolTimeoutError(
          `the agent worker did not end its tool calls within ${toolTimeoutMs} ms each and ${toolGraceMs} ms of grace: ` +
            "give the sandbox more cpu, raise toolTimeoutMs, or do not trust what runs in it",
        ),
      );
    this.#toolTimer = setTimeout(late, Math.min(rounds * toolTimeoutMs + toolGraceMs, maxTimerMs));
  }

  #checkEnd(): void {
    if (!this.#lastTurn || this.#modelCall) {
      throw new AgentProtocolError("the agent worker ended the run before its last turn");
    }
  }
}
