import { type Clock, type CooldownStore, createKeyUses, memoryCooldownStore } from "@cloison/fallback";
import type { FullPrice } from "../budget/prices.ts";
import type { KeyLists } from "../options/api-keys.ts";
import { type ContextOptions, mergeContext } from "../options/context-options.ts";
import { defaultJumps, type JumpReason } from "../options/jump-on.ts";
import { type KeySources, openKeyRing, requireAnyKey } from "./api-keys.ts";
import { callChain } from "./chain-call.ts";
import { openEndpoint, requireProvider } from "./endpoint.ts";
import { createEndpointShelf } from "./endpoint-shelf.ts";
import { imageTargets } from "./image-models.ts";
import type { ModelAnswer, ModelCall } from "./model-call.ts";
import type { ModelTarget } from "./model-choice.ts";
import { findProvider } from "./providers.ts";

/** The context window of a run's first model, in tokens. */
export interface ModelWindow {
  readonly windowTokens: number;
  /** A longer request is to be made shorter before it is sent. */
  readonly compactAtTokens: number;
}

/** The way to the models of one run, with their keys. */
export interface ModelLine {
  /** The one that is asked first. */
  readonly provider: string;
  readonly model: string;
  /**
   * Resolves when all that a call of the first model needs is loaded.
   *
   * @throws UnknownModelError, ImagesNotSupportedError
   */
  ready(): Promise<void>;
  /** Undefined where nobody knows it, or the model is not loaded yet. */
  window(): ModelWindow | undefined;
  /**
   * Gets one answer, from the first model that gives one. Calls may be made within one another's hooks.
   *
   * @throws ModelCallError, EmptyAnswerError; what a hook of the call throws; the signal's reason; the
   * errors of the cooldown store
   */
  call(call: ModelCall): Promise<ModelAnswer>;
  /** @throws ImagesNotSupportedError when none of the models takes images */
  requireImages(): Promise<void>;
}

/** What one run wants of models. */
export interface LineRequest {
  /** The run's model, then its fallbacks. */
  readonly targets: readonly [ModelTarget, ...ModelTarget[]];
  readonly userId: string;
  /** The run's own keys, stronger than the platform's. */
  readonly apiKeys: KeyLists;
  readonly maxRetries: number;
  readonly deadlineMs: number;
  /** For one attempt; default: none of its own. */
  readonly attemptTimeoutMs?: number | undefined;
  readonly jumpOn?: readonly JumpReason[] | undefined;
  readonly context: ContextOptions;
  /** Of the models only those are to be asked that take images. */
  readonly needsImages?: boolean | undefined;
}

/** Calls models for all sandboxes; the only part that ever holds a key. */
export interface Broker {
  /** Begins to load what a call of this model needs, so that a later `open` waits less. Never fails. */
  warm(target: ModelTarget): void;
  /**
   * Checks at once what can be, and begins to load what the first model needs.
   *
   * @throws UnknownProviderError; MissingApiKeyError when no model has a key
   */
  open(request: LineRequest): ModelLine;
}

/** The platform's keys, the environment as it was when the platform was made, and what holds for all runs. */
export interface BrokerSetup {
  readonly apiKeys: KeyLists;
  readonly env: KeySources["env"];
  readonly context?: ContextOptions | undefined;
  readonly jumpOn?: readonly JumpReason[] | undefined;
  readonly cooldowns?: CooldownStore | undefined;
  /** Prices by `provider/model`, stronger than the catalogue's. */
  readonly prices?: ReadonlyMap<string, FullPrice> | undefined;
}

/** What tests put in the place of the machine's own. */
export interface BrokerParts {
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
  /** All requests to models go through it. Google's client is the exception: it takes none. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

export function createBroker(setup: BrokerSetup, parts: BrokerParts = {}): Broker {
  const { apiKeys, env, context = {}, prices } = setup;
  const store = setup.cooldowns ?? memoryCooldownStore();
  const uses = createKeyUses();
  // Here goes what decides which addresses may be called.
  const { fetch = (input, init) => globalThis.fetch(input, init), clock, random } = parts;
  return {
    warm: (target) => {
      if (target.baseUrl === undefined && findProvider(target.provider) === undefined) return;
      openEndpoint(target).then(warmHttp, () => undefined);
    },
    open: (request) => {
      const { targets } = request;
      const [first] = targets;
      for (const { provider, baseUrl } of targets) if (baseUrl === undefined) requireProvider(provider);
      const sources = { given: [request.apiKeys, apiKeys], env };
      requireAnyKey([first.provider, ...targets.map(({ provider }) => provider)], sources);
      const limits = mergeContext(request.context, context);
      const endpoints = createEndpointShelf({ windows: limits.windows, prices });
      const ready = endpoints.load(first);
      ready.then(warmHttp, () => undefined);
      const keys = openKeyRing(sources, uses);
      const jumpOn = request.jumpOn ?? setup.jumpOn ?? defaultJumps;
      const chain = { ...request, jumpOn, context: limits, endpoints, keys, store, fetch, clock, random };
      return {
        provider: first.provider,
        model: first.model,
        ready: async () => {
          await ready;
          if (request.needsImages) await imageTargets(targets, endpoints);
        },
        requireImages: async () => {
          await imageTargets(targets, endpoints);
        },
        window: () => windowWith(limits, endpoints.windowOf(first)),
        call: (call) => callChain(chain, call),
      };
    },
  };
}

const COMPACT_AT = 0.8;

function windowWith(
  { compactAt = COMPACT_AT }: ContextOptions,
  windowTokens: number | undefined,
): ModelWindow | undefined {
  return windowTokens === undefined
    ? undefined
    : { windowTokens, compactAtTokens: Math.floor(windowTokens * compactAt) };
}

/** Node loads its HTTP client when it is first touched, which takes some 20 ms. */
function warmHttp(): void {
  new Request("http://localhost");
}
