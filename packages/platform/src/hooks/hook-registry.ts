import { readOptions } from "../options/option-reader.ts";
import { type HookInput, type HookName, hookNames } from "./hook-inputs.ts";
import type { HookResults } from "./hook-results.ts";

/** May be async. What it returns is checked: a name that is not known is an error, with the effect of one. */
export type HookHandler<N extends HookName> = (
  input: HookInput<N>,
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler that ends without return is the usual one
) => HookResults[N] | void | Promise<HookResults[N] | void>;

export interface HookOptions {
  /** Milliseconds that one call of the handler may take, 1 to 86,400,000. Default 30,000. */
  readonly timeoutMs?: number | undefined;
}

/** Where an application hangs its own functions into runs. */
export interface Hooks {
  /**
   * Adds a handler, behind those of the same name. It counts at once, also in runs that are going on.
   *
   * @returns takes the handler out again
   * @throws InvalidOptionError
   */
  register<N extends HookName>(name: N, handler: HookHandler<N>, options?: HookOptions): () => void;
}

/** A handler that is registered. */
export interface Registration<N extends HookName> {
  readonly name: N;
  readonly handler: HookHandler<N>;
  readonly timeoutMs: number;
}

/** Handlers by name, in the order of their calls. */
export interface HookSource {
  of<N extends HookName>(name: N): readonly Registration<N>[];
}

type Lists = { [N in HookName]: readonly Registration<N>[] };

const DEFAULT_TIMEOUT_MS = 30_000;
const MOST_TIMEOUT_MS = 86_400_000;

export class HookRegistry implements Hooks, HookSource {
  readonly #lists: Lists = {
    session_start: [],
    session_end: [],
    before_agent_start: [],
    after_agent_end: [],
    before_tool_call: [],
    after_tool_call: [],
    before_model_call: [],
    after_model_call: [],
  };

  register<N extends HookName>(name: N, handler: HookHandler<N>, options: HookOptions = {}): () => void {
    const given = readOptions("hooks.register", options, ["timeoutMs"]);
    if (!hookNames.includes(name))
      throw given.refuse("name", `: ${JSON.stringify(name)} is none of ${hookNames.join(", ")}`);
    if (typeof handler !== "function") throw given.refuse("handler", "must be a function");
    const timeoutMs =
      given.optionalWhole("timeoutMs", { least: 1, most: MOST_TIMEOUT_MS }) ?? DEFAULT_TIMEOUT_MS;
    const registration: Registration<N> = { name, handler, timeoutMs };
    const lists: { [K in N]: readonly Registration<K>[] } = this.#lists;
    lists[name] = [...lists[name], registration];
    return () => {
      lists[name] = lists[name].filter((other) => other !== registration);
    };
  }

  of<N extends HookName>(name: N): readonly Registration<N>[] {
    return this.#lists[name];
  }

  get isEmpty(): boolean {
    return hookNames.every((name) => this.#lists[name].length === 0);
  }
}
