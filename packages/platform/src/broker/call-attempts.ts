import type { Attempt } from "@cloison/fallback";
import type { AssistantMessage } from "@earendil-works/pi-ai";
import { addUsage, noUsage, type RunUsage, usageOf } from "../run/usage.ts";
import { callOnce } from "./call-once.ts";
import type { ChainSetup } from "./chain-call.ts";
import { checkRoom } from "./context-room.ts";
import { FailedAttempt } from "./failed-attempt.ts";
import type { ModelCall } from "./model-call.ts";
import type { ModelTarget } from "./model-choice.ts";
import { withinTime } from "./within-time.ts";

/** A client that does not let go of an aborted call is not waited for any longer. */
const MOST_WAIT_MS = 1000;

/** The attempts of one model call. */
export class CallAttempts {
  readonly #setup: ChainSetup;
  readonly #call: ModelCall;
  readonly #stop = new AbortController();
  readonly #over = new AbortController();
  /** Aborts with the call, and with what a hook threw. */
  readonly signal: AbortSignal;
  #usage = noUsage;
  #last: { readonly attempt: Attempt; readonly ended: Promise<unknown> } | undefined;

  constructor(setup: ChainSetup, call: ModelCall) {
    this.#setup = setup;
    this.#call = call;
    this.signal = AbortSignal.any([call.signal, this.#stop.signal]);
  }

  /** Of all attempts so far. */
  get usage(): RunUsage {
    return this.#usage;
  }

  /** @throws FailedAttempt; what a hook throws */
  make(attempt: Attempt): Promise<AssistantMessage> {
    const made = this.#make(attempt);
    this.#last = { attempt, ended: made.catch(() => undefined) };
    return made;
  }

  /** The last attempt's model has too small a window. */
  async overflow(): Promise<"retry" | "larger"> {
    if (this.#last === undefined) return "larger";
    const { attempt } = this.#last;
    const { provider, model, candidate } = attempt;
    const windowTokens = this.#setup.endpoints.windowOf({ provider, model, baseUrl: candidate.endpoint });
    const signal = AbortSignal.any([this.signal, this.#over.signal]);
    const overflow = { provider, model, windowTokens, signal };
    const asked = this.#orStop(() => this.#call.onOverflow(overflow));
    this.#last = { attempt, ended: asked.catch(() => undefined) };
    return (await asked) ? "retry" : "larger";
  }

  /** The call is over, and with it all that its hooks still do for it. */
  end(): void {
    this.#over.abort(new DOMException("The model call is over.", "AbortError"));
  }

  /** Resolves when no attempt and no hook is going on any more, or a second after it was told to end. */
  async settled(): Promise<void> {
    if (this.#last === undefined) return;
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise((resolve) => {
      timer = setTimeout(resolve, MOST_WAIT_MS);
    });
    await Promise.race([this.#last.ended, enough]);
    clearTimeout(timer);
  }

  async #make(attempt: Attempt): Promise<AssistantMessage> {
    const { endpoints, fetch, deadlineMs, attemptTimeoutMs: ms, clock, context: limits } = this.#setup;
    const { provider, model, key = "", candidate, signal } = attempt;
    const target: ModelTarget = { provider, model, baseUrl: candidate.endpoint };
    const endpoint = await endpoints.open(target);
    const context = this.#call.context();
    const { warning, requestTokens } = checkRoom(context, endpoint.windowTokens, limits);
    if (warning !== undefined) this.#call.onLittleRoom?.({ provider, model, ...warning });
    const { price } = endpoint;
    await this.#orStop(() => this.#call.beforeAttempt({ provider, model, requestTokens, price }));
    const { sessionId } = this.#call;
    const single = { endpoint, apiKey: key, context, sessionId, deadlineMs, fetch };
    const answer = await this.#listen(attempt, (heard) =>
      withinTime({ ms, signal, clock }, (signal) => callOnce({ ...single, signal, ...heard })),
    );
    await this.#spend(attempt, usageOf(answer.usage), answer);
    return answer;
  }

  /** Hands on what is streamed; when the call fails, that is void, but what it spent is not. */
  async #listen(
    attempt: Attempt,
    ask: (heard: Pick<ModelCall, "onText" | "onThinking">) => Promise<AssistantMessage>,
  ): Promise<AssistantMessage> {
    let streamed = false;
    const hear = (tell: (delta: string) => void) => (delta: string) => {
      if (attempt.signal.aborted) return;
      streamed = true;
      tell(delta);
    };
    const call = this.#call;
    try {
      return await ask({
        onText: hear((delta) => call.onText(delta)),
        onThinking: hear((delta) => call.onThinking(delta)),
      });
    } catch (error) {
      if (streamed) call.onDiscard();
      if (error instanceof FailedAttempt && error.usage !== undefined)
        await this.#spend(attempt, error.usage);
      throw error;
    }
  }

  async #spend({ provider, model, keyLabel = "…" }: Attempt, usage: RunUsage, answer?: AssistantMessage) {
    this.#usage = addUsage(this.#usage, usage);
    await this.#orStop(() => this.#call.onSpent({ provider, model, key: keyLabel, usage, answer }));
  }

  /** What a hook throws is not an attempt's failure: it ends the call. */
  async #orStop<T>(hook: () => T | Promise<T>): Promise<T> {
    try {
      return await hook();
    } catch (error) {
      this.#stop.abort(error);
      throw error;
    }
  }
}
