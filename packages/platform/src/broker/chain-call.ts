import {
  type ChainEvent,
  type Clock,
  type CooldownStore,
  createFallback,
  type Fallback,
  type KeyRing,
} from "@cloison/fallback";
import type { ContextOptions } from "../options/context-options.ts";
import type { JumpReason } from "../options/jump-on.ts";
import { CallAttempts } from "./call-attempts.ts";
import { toModelError } from "./chain-error.ts";
import { requestTokensOf } from "./context-room.ts";
import type { EndpointShelf } from "./endpoint-shelf.ts";
import { imageTargets, needsImages } from "./image-models.ts";
import type { ModelAnswer, ModelCall } from "./model-call.ts";
import type { ModelTarget } from "./model-choice.ts";

/** What all model calls of a run have in common. */
export interface ChainSetup {
  readonly targets: readonly [ModelTarget, ...ModelTarget[]];
  readonly endpoints: EndpointShelf;
  readonly keys: KeyRing;
  readonly store: CooldownStore;
  /** Whose run it is: sessions of two users may have the same id. */
  readonly userId: string;
  readonly maxRetries: number;
  readonly deadlineMs: number;
  /** For one attempt; default: none of its own. */
  readonly attemptTimeoutMs?: number | undefined;
  readonly jumpOn: readonly JumpReason[];
  readonly context: ContextOptions;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock | undefined;
  readonly random: (() => number) | undefined;
}

/**
 * Runs in a row that fail before a model cools down to which there is no other: whoever tries again by hand
 * is not made to wait.
 */
const ALLOWED_ALONE = { timeout: 3, overloaded: 3 };

/**
 * Gets one answer, from whichever of the models and keys gives it first, in their order.
 *
 * @throws ModelCallError, EmptyAnswerError, MissingApiKeyError, ImagesNotSupportedError; what a hook of the call throws; the
 * signal's reason; the errors of a cooldown store
 */
export async function callChain(given: ChainSetup, call: ModelCall): Promise<ModelAnswer> {
  const { deadlineMs, endpoints } = given;
  const { messages } = call.context();
  const targets = needsImages(messages) ? await imageTargets(given.targets, endpoints) : given.targets;
  const setup = { ...given, targets };
  const attempts = new CallAttempts(setup, call);
  const events: ChainEvent[] = [];
  try {
    const result = await createChain(setup).run((attempt) => attempts.make(attempt), {
      sessionId: JSON.stringify([setup.userId, call.sessionId]),
      signal: attempts.signal,
      requestTokens: requestTokensOf(call.context()),
      onContextOverflow: () => attempts.overflow(),
      onEvent: (event) => {
        events.push(event);
        call.onEvent(event);
      },
    });
    const { provider, model } = result.candidate;
    return { message: result.value, provider, model, key: result.key ?? "…", attempts: result.attempts };
  } catch (error) {
    attempts.end();
    // An abort or the deadline ends the chain before its last attempt, which may still tell what it spent.
    await attempts.settled();
    const keyless = await keylessOf(setup);
    throw toModelError(error, { targets, keyless, usage: attempts.usage, events, deadlineMs });
  }
}

/** The models that were passed over for the want of a key. */
async function keylessOf({ targets, keys }: ChainSetup): Promise<readonly ModelTarget[]> {
  const keyless: ModelTarget[] = [];
  for (const target of targets) if ((await keys.order(target.provider)).length === 0) keyless.push(target);
  return keyless;
}

/** Made for each call, as windows become known when models are loaded. All it remembers is in the store. */
function createChain({ targets, endpoints, maxRetries, ...rest }: ChainSetup): Fallback {
  const { keys, store, deadlineMs, jumpOn, clock, random } = rest;
  return createFallback({
    candidates: targets.map((target) => ({
      provider: target.provider,
      model: target.model,
      endpoint: target.baseUrl,
      contextWindow: endpoints.windowOf(target),
    })),
    keys,
    store,
    attempts: maxRetries + 1,
    deadlineMs,
    jumpOn,
    cooldown: targets.length === 1 ? { allowed: ALLOWED_ALONE } : {},
    clock,
    random,
  });
}
