import type { FullPrice } from "../budget/prices.ts";
import { usageOf } from "../run/usage.ts";
import { type KeySources, requireApiKey } from "./api-keys.ts";
import { callOnce } from "./call-once.ts";
import { type ModelEndpoint, openEndpoint } from "./endpoint.ts";
import type { ModelAnswer, ModelCall } from "./model-call.ts";
import type { ModelTarget } from "./model-choice.ts";
import { findProvider } from "./providers.ts";

/** The way to one model, with its key. */
export interface ModelLine {
  readonly provider: string;
  readonly model: string;
  /**
   * Resolves when all that a call needs is loaded.
   *
   * @throws UnknownModelError
   */
  ready(): Promise<void>;
  /** @throws ModelCallError, EmptyAnswerError, UnknownModelError */
  call(call: ModelCall): Promise<ModelAnswer>;
}

/** Calls models for all sandboxes; the only part that ever holds a key. */
export interface Broker {
  /** Begins to load what a call of this model needs, so that a later `open` waits less. Never fails. */
  warm(target: ModelTarget): void;
  /**
   * Checks at once what can be, and begins to load the rest.
   *
   * @param apiKeys the run's own keys, stronger than the platform's
   * @throws UnknownProviderError, MissingApiKeyError
   */
  open(target: ModelTarget, apiKeys: ReadonlyMap<string, string>): ModelLine;
}

/** The platform's keys and the environment as it was when the platform was made. */
export interface BrokerKeys {
  readonly apiKeys: ReadonlyMap<string, string>;
  readonly env: KeySources["env"];
  /** Prices by `provider/model`, stronger than the catalogue's. */
  readonly prices?: ReadonlyMap<string, FullPrice> | undefined;
}

export function createBroker({ apiKeys, env, prices }: BrokerKeys): Broker {
  return {
    warm: (target) => {
      if (target.baseUrl !== undefined || findProvider(target.provider) !== undefined)
        void load(target, prices);
    },
    open: (target, runKeys) => {
      const endpoint = load(target, prices);
      const apiKey = requireApiKey(target.provider, { given: [runKeys, apiKeys], env });
      return {
        provider: target.provider,
        model: target.model,
        ready: async () => void (await endpoint),
        call: async (call) => answer(await endpoint, apiKey, call),
      };
    },
  };
}

async function answer(endpoint: ModelEndpoint, apiKey: string, call: ModelCall): Promise<ModelAnswer> {
  const { provider, id: model } = endpoint.model;
  const key = `…${apiKey.slice(-4)}`;
  await call.beforeAttempt({ provider, model, requestTokens: 0, price: endpoint.price });
  const message = await callOnce(endpoint, apiKey, call);
  await call.onSpent({ provider, model, key, usage: usageOf(message.usage), answer: message });
  return { message, provider, model, key, attempts: [] };
}

function load(target: ModelTarget, prices: BrokerKeys["prices"]): Promise<ModelEndpoint> {
  const endpoint = openEndpoint(target, prices);
  // A failure is told to whoever waits for the endpoint; nobody may.
  endpoint.then(warmHttp, () => undefined);
  return endpoint;
}

/** Node loads its HTTP client when it is first touched, which takes some 20 ms. */
function warmHttp(): void {
  new Request("http://localhost");
}
