import type { AssistantTurn, ModelTurn } from "@cloison/agent";
import type { Message } from "@earendil-works/pi-ai";
import type { ModelAnswer } from "../broker/model-call.ts";
import { EmptyAnswerError, ModelCallError } from "../errors/model-errors.ts";
import { assistantTurn, textOf, toolResultMessage } from "./messages.ts";
import { type Conversation, takeTurn } from "./take-turn.ts";
import type { RunAttempt, UsageShare } from "./tally.ts";
import type { RunUsage } from "./usage.ts";

/** What all turns of a run came to. */
export interface TurnsOutcome {
  readonly response: string;
  readonly stopReason: "stop" | "length";
  readonly usage: RunUsage;
  readonly usageBy: readonly UsageShare[];
  readonly attempts: readonly RunAttempt[];
  readonly turns: number;
  /** Who gave the last answer. */
  readonly provider: string;
  readonly model: string;
}

/** The turns of one run. The host holds the conversation; the worker in the sandbox only asks for the next turn. */
export class ModelTurns {
  readonly #conversation: Conversation;
  /** Ends the turn that is going on. */
  readonly #signal: AbortSignal;
  readonly #stopFirst = new AbortController();
  #first: Promise<ModelAnswer> | undefined;
  #last: ModelAnswer | undefined;
  #failed: { readonly error: unknown } | undefined;
  #turns = 0;

  constructor(conversation: Conversation, signal: AbortSignal) {
    this.#conversation = conversation;
    this.#signal = signal;
  }

  /**
   * Stores the user's message and makes the first call, which needs nothing from the sandbox, while
   * the worker in there is still starting.
   */
  begin(message: string): void {
    const signal = AbortSignal.any([this.#signal, this.#stopFirst.signal]);
    this.#first = this.#take([{ role: "user", content: message, timestamp: Date.now() }], signal);
    // It is told when the worker asks for it; a worker that never comes up never asks.
    this.#first.catch(() => undefined);
  }

  /** Answers the worker: stores its tool results, calls the model, stores the answer. */
  async next({ toolResults, signal }: ModelTurn): Promise<AssistantTurn> {
    const first = this.#first;
    this.#first = undefined;
    if (first === undefined) {
      const either = AbortSignal.any([this.#signal, signal]);
      return assistantTurn((await this.#take(toolResults.map(toolResultMessage), either)).message);
    }
    // From here on it is given up when the worker's run is over, as any turn is.
    signal.addEventListener("abort", () => this.#stopFirst.abort(signal.reason), { once: true });
    if (signal.aborted) this.#stopFirst.abort(signal.reason);
    return assistantTurn((await first).message);
  }

  /** Resolves when no turn is going on any more. The agent waits for those that it has asked for. */
  async settled(): Promise<void> {
    await this.#first?.catch(() => undefined);
  }

  /** What a turn failed with by itself, if one did. */
  get failure(): unknown {
    return this.#failed?.error;
  }

  outcome(): TurnsOutcome {
    const { line, tally } = this.#conversation;
    const { message, provider, model } = this.#last ?? { ...line, message: undefined };
    const { usage, usageBy, attempts } = tally;
    const stopReason = message?.stopReason === "length" ? "length" : "stop";
    const turns = this.#turns;
    return { response: textOf(message), stopReason, usage, usageBy, attempts, turns, provider, model };
  }

  async #take(added: readonly Message[], signal: AbortSignal): Promise<ModelAnswer> {
    this.#turns += 1;
    const number = this.#turns;
    try {
      const answer = await takeTurn(this.#conversation, { number, added, signal });
      this.#last = answer;
      return answer;
    } catch (error) {
      const told = this.#withAttempts(error);
      // Why a turn was given up is not to be found here.
      if (!signal.aborted) this.#failed ??= { error: told };
      throw told;
    }
  }

  /** The caller is told of all attempts of the run, not of the last turn's only. */
  #withAttempts(error: unknown): unknown {
    const { attempts, usage } = this.#conversation.tally;
    const isOfModel = error instanceof ModelCallError || error instanceof EmptyAnswerError;
    return isOfModel ? error.ofRun(attempts, usage) : error;
  }
}
