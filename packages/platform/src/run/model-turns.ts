import type { AgentEvent, AssistantTurn, ModelTurn, ToolResult } from "@cloison/agent";
import type { Message, ToolCall } from "@cloison/sessions";
import { hasImage } from "../broker/image-models.ts";
import type { ModelAnswer } from "../broker/model-call.ts";
import { EmptyAnswerError, ModelCallError } from "../errors/model-errors.ts";
import { MaxTurnsError, OutputError } from "../errors/run-errors.ts";
import { OUTPUT_REMINDER, type OutputFailure, type RequiredOutput } from "../output/required-output.ts";
import type { ToolDispatch } from "../tools/dispatch.ts";
import type { Inbox, Said } from "./inbox.ts";
import { textOf, textOfUser, userMessage } from "./messages.ts";
import type { ResumePoint } from "./resume-point.ts";
import { type Conversation, takeTurn } from "./take-turn.ts";
import type { RunAttempt, UsageShare } from "./tally.ts";
import type { RunUsage } from "./usage.ts";

/** What all turns of a run came to. */
export interface TurnsOutcome {
  readonly response: string;
  /** Undefined where none was asked for. */
  readonly output: unknown;
  readonly stopReason: "stop" | "length";
  readonly usage: RunUsage;
  readonly usageBy: readonly UsageShare[];
  readonly attempts: readonly RunAttempt[];
  readonly turns: number;
  /** Who gave the last answer. */
  readonly provider: string;
  readonly model: string;
}

/** What turns are made with. */
export interface TurnParts {
  readonly dispatch: ToolDispatch;
  readonly inbox: Inbox;
  /** Ends the turn that is going on. */
  readonly signal: AbortSignal;
  /** Most answers of the model. */
  readonly maxTurns: number;
  /** What the agent may not end without. */
  readonly output?: RequiredOutput | undefined;
}

/** What the conversation gets before the model is asked again. */
interface Added {
  readonly added: readonly Message[];
  /** Comes after that. */
  readonly said: readonly Said[];
  readonly signal: AbortSignal;
}

const LAST_TURN: AssistantTurn = { content: [], stopReason: "stop" };

const ONLY_WORDS = "it ended in words, without giving its result by the tool";

/** A tool call in an answer that was cut at the output limit is not carried out: its input may be cut, too. */
const CUT_SHORT =
  "The answer was cut at the output limit, so this call was not carried out. Repeat it, shorter.";

/**
 * The turns of one run. The host holds the conversation and decides on each tool call; the worker in the
 * sandbox only gets what it is to carry out next.
 */
export class ModelTurns {
  readonly #conversation: Conversation;
  readonly #parts: TurnParts;
  readonly #stopFirst = new AbortController();
  #first: Promise<ModelAnswer> | undefined;
  /** Calls of an earlier run that the worker's first turn is to carry out. */
  #left: readonly ToolCall[] | undefined;
  #last: Pick<ModelAnswer, "message" | "provider" | "model"> | undefined;
  #failed: { readonly error: unknown } | undefined;
  #turns = 0;

  constructor(conversation: Conversation, parts: TurnParts) {
    this.#conversation = conversation;
    this.#parts = parts;
  }

  /**
   * Stores the user's message and makes the first call, which needs nothing from the sandbox, while
   * the worker in there is still starting.
   */
  begin(message: Message): void {
    this.#takeFirst([message]);
  }

  /**
   * Goes on where an earlier run of the session has ended, in place of `begin`.
   *
   * @returns false when nothing is left to do
   */
  resume(point: ResumePoint): boolean {
    const { output } = this.#parts;
    if (point.kind === "answered" && output === undefined) {
      const { message } = point;
      this.#last = { message, provider: message.provider, model: message.model };
      return false;
    }
    if (point.kind === "tools") this.#left = point.calls;
    else if (point.kind === "cut") this.#takeFirst(point.calls.map((call) => refusal(call, CUT_SHORT)));
    else this.#takeFirst(point.kind === "answered" ? [userMessage(OUTPUT_REMINDER, [])] : []);
    return true;
  }

  /** Answers the worker: takes its tool results, and goes on until there is something for it to do again. */
  async next({ toolResults, signal }: ModelTurn): Promise<AssistantTurn> {
    const first = this.#first;
    this.#first = undefined;
    const either = AbortSignal.any([this.#parts.signal, signal]);
    if (this.#left !== undefined) {
      this.#parts.dispatch.begin(this.#left);
      this.#left = undefined;
      return this.#advance([], either);
    }
    if (first === undefined) return this.#advance(toolResults, either);
    // From here on it is given up when the worker's run is over, as any turn is.
    signal.addEventListener("abort", () => this.#stopFirst.abort(signal.reason), { once: true });
    if (signal.aborted) this.#stopFirst.abort(signal.reason);
    return this.#carryOut(await first, either);
  }

  async #advance(toolResults: readonly ToolResult[], signal: AbortSignal): Promise<AssistantTurn> {
    const { dispatch, inbox, output } = this.#parts;
    const turn = await this.#guard(dispatch.next(toolResults, signal), signal);
    if (turn !== undefined) return turn;
    if (output?.given !== undefined) return this.#endWith(output, signal);
    const failure = output?.takeFailure();
    if (failure !== undefined) await this.#guard(this.#retryOutput(failure), signal);
    return this.#carryOut(
      await this.#take({ added: [], said: await this.#shown(inbox.takeSteering()), signal }),
      signal,
    );
  }

  /** The output is there. What was said meanwhile is to be heard before the end, and changes the task. */
  async #endWith(output: RequiredOutput, signal: AbortSignal): Promise<AssistantTurn> {
    const said = await this.#takeNext();
    if (said.length === 0) {
      await this.#guard(output.stored(), signal);
      return LAST_TURN;
    }
    output.reopen();
    return this.#carryOut(await this.#take({ added: [], said, signal }), signal);
  }

  /** The model has answered in words. */
  async #end(signal: AbortSignal): Promise<AssistantTurn> {
    const { output } = this.#parts;
    const said = await this.#takeNext();
    if (said.length > 0) return this.#carryOut(await this.#take({ added: [], said, signal }), signal);
    if (output === undefined) return LAST_TURN;
    await this.#guard(this.#retryOutput(output.fail(ONLY_WORDS)), signal);
    const added = [userMessage(OUTPUT_REMINDER, [])];
    return this.#carryOut(await this.#take({ added, said: [], signal }), signal);
  }

  /** @throws OutputError when it was the last time */
  async #retryOutput({ problem, failures, isLast }: OutputFailure): Promise<void> {
    const { session, emit, tally } = this.#conversation;
    if (isLast) throw new OutputError({ sessionId: session.id, problem, failures }, tally);
    emit({ type: "output_retry", turn: this.#turns, problem, failures });
  }

  async #carryOut({ message }: ModelAnswer, signal: AbortSignal): Promise<AssistantTurn> {
    const { dispatch, inbox } = this.#parts;
    const calls = message.content.filter((block) => block.type === "toolCall");
    if (calls.length === 0) return this.#end(signal);
    if (message.stopReason !== "length") {
      dispatch.begin(calls);
      return this.#advance([], signal);
    }
    const refused = calls.map((call) => refusal(call, CUT_SHORT));
    const more = { added: refused, said: await this.#shown(inbox.takeSteering()), signal };
    return this.#carryOut(await this.#take(more), signal);
  }

  async #takeNext(): Promise<readonly Said[]> {
    for (;;) {
      const said = this.#parts.inbox.takeNext();
      const shown = await this.#shown(said);
      if (said.length === 0 || shown.length > 0) return shown;
    }
  }

  /** An image that no model of the run takes is refused to whoever said it: stored, it would end this run and others. */
  async #shown(said: readonly Said[]): Promise<readonly Said[]> {
    const { line } = this.#conversation;
    const shown: Said[] = [];
    for (const one of said) {
      const isFit = hasImage(one.message) ? line.requireImages() : undefined;
      await Promise.resolve(isFit).then(
        () => shown.push(one),
        (error: unknown) => one.refuse(error),
      );
    }
    return shown;
  }

  /** Takes the result of a tool call as soon as the worker has it. */
  hear(event: AgentEvent): void {
    if (event.type === "tool_end") this.#parts.dispatch.tell(event.result);
  }

  /** Resolves when no turn is going on any more. The agent waits for those that it has asked for. */
  async settled(): Promise<void> {
    await this.#first?.catch(() => undefined);
    await this.#parts.dispatch.settled();
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
    const output = this.#parts.output?.given?.value;
    const response = textOf(message) || (output === undefined ? "" : JSON.stringify(output));
    return { response, output, stopReason, usage, usageBy, attempts, turns, provider, model };
  }

  #takeFirst(added: readonly Message[]): void {
    const signal = AbortSignal.any([this.#parts.signal, this.#stopFirst.signal]);
    this.#first = this.#take({ added, said: [], signal });
    // It is told when the worker asks for it; a worker that never comes up never asks.
    this.#first.catch(() => undefined);
  }

  async #take({ added, said, signal }: Added): Promise<ModelAnswer> {
    if (this.#turns === this.#parts.maxTurns) await this.#guard(this.#endAtMaxTurns(added), signal);
    this.#turns += 1;
    const number = this.#turns;
    for (const { how, message } of said) {
      this.#conversation.emit({ type: "steered", turn: number, how, message: textOfUser(message) });
    }
    const turn = {
      number,
      added: [...added, ...said.map(({ message }) => message)],
      signal,
      onStored: () => {
        for (const one of said) one.stored();
      },
    };
    const answer = await this.#guard(takeTurn(this.#conversation, turn), signal);
    this.#last = answer;
    return answer;
  }

  /** What the tools did is kept, so that the session can go on. */
  async #endAtMaxTurns(added: readonly Message[]): Promise<never> {
    const { session, tally } = this.#conversation;
    await session.appendMessages(added);
    throw new MaxTurnsError(session.id, this.#parts.maxTurns, tally);
  }

  /** Keeps what something of the host's failed with, for whoever asks why the run ended. */
  async #guard<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await work;
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

function refusal({ id: toolCallId, name: toolName }: ToolCall, text: string): Message {
  const content = [{ type: "text" as const, text }];
  return { role: "toolResult", toolCallId, toolName, content, isError: true, timestamp: Date.now() };
}
