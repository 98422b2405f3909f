import { HookError } from "../errors/hook-errors.ts";
import { stackOf } from "../errors/words-of.ts";
import type { RunListener } from "../run/run-events.ts";
import { callHandler, type HandlerTime } from "./call-handler.ts";
import type { HookContext, HookName, OwnInputs } from "./hook-inputs.ts";
import type { HookSource, Registration } from "./hook-registry.ts";
import type { HookResults } from "./hook-results.ts";

/** Which run it is, for its hooks. */
export type RunFacts = Omit<HookContext, "signal">;

export interface RunHooksParts {
  readonly source: HookSource;
  readonly facts: RunFacts;
  readonly emit: RunListener;
}

/** One call of one handler. */
export interface HookCall<N extends HookName> {
  readonly registration: Registration<N>;
  readonly input: (time: HandlerTime) => OwnInputs[N];
  /** The run's; undefined for what is called at a run's end, also of an aborted one. */
  readonly signal: AbortSignal | undefined;
}

/** Calls the hooks of one run. */
export class RunHooks {
  readonly facts: RunFacts;
  readonly emit: RunListener;
  readonly #source: HookSource;
  readonly #warned = new Set<HookName>();

  constructor({ source, facts, emit }: RunHooksParts) {
    this.#source = source;
    this.facts = facts;
    this.emit = emit;
  }

  of<N extends HookName>(name: N): readonly Registration<N>[] {
    return this.#source.of(name);
  }

  /** @throws HookError; the signal's reason */
  call<N extends HookName>({
    registration,
    input,
    signal,
  }: HookCall<N>): Promise<HookResults[N] | undefined> {
    return callHandler({
      registration,
      signal,
      input: (time) => ({ ...input(time), ...this.facts, signal: time.signal }),
    });
  }

  /** Calls handlers that only look on: all of them, whatever one of them fails with. */
  async tell<N extends HookName>(name: N, own: OwnInputs[N]): Promise<void> {
    for (const registration of this.of(name)) {
      try {
        await this.call({ registration, input: () => own, signal: undefined });
      } catch (error) {
        this.report(error);
      }
    }
  }

  /**
   * Tells that a hook has failed, by an event and once for each name in a run as a process warning.
   *
   * @throws what is no HookError
   */
  report(error: unknown, toolCallId?: string): void {
    if (!(error instanceof HookError)) throw error;
    const { hook, reason, message } = error;
    const call = toolCallId === undefined ? {} : { toolCallId };
    this.emit({ type: "hook_failed", hook, reason, message, ...call });
    // A hook that starts a run meets itself again by intention, or is told so by what that run comes to.
    if (reason === "reentered" || this.#warned.has(hook)) return;
    this.#warned.add(hook);
    const { cause } = error;
    const detail = stackOf(cause ?? reason);
    process.emitWarning(message, { code: "CLOISON_HOOK_FAILED", detail });
  }
}
