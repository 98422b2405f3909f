import type { FullPrice } from "../budget/prices.ts";
import { UnknownModelError } from "../errors/model-errors.ts";
import type { ContextOptions } from "../options/context-options.ts";
import { type ModelEndpoint, openEndpoint } from "./endpoint.ts";
import { FailedAttempt } from "./failed-attempt.ts";
import type { ModelTarget } from "./model-choice.ts";

/** The endpoints of a run. Each is loaded when it is first asked for, so that only what is used is. */
export interface EndpointShelf {
  /** Begins to load, and resolves when all is there. @throws UnknownModelError */
  load(target: ModelTarget): Promise<ModelEndpoint>;
  /** The same for an attempt. @throws FailedAttempt where the catalogue has no such model */
  open(target: ModelTarget): Promise<ModelEndpoint>;
  /** Tokens; undefined where nobody has said, or it is not loaded yet. */
  windowOf(target: ModelTarget): number | undefined;
}

/** What the application says of models, by `provider/model`. */
export interface Stated {
  readonly windows?: ContextOptions["windows"];
  readonly prices?: ReadonlyMap<string, FullPrice> | undefined;
}

export function createEndpointShelf({ windows = {}, prices }: Stated): EndpointShelf {
  const loading = new Map<string, Promise<ModelEndpoint>>();
  const loaded = new Map<string, ModelEndpoint>();
  const load = (target: ModelTarget): Promise<ModelEndpoint> => {
    const name = nameOf(target);
    const known = loading.get(name);
    if (known !== undefined) return known;
    const endpoint = openEndpoint(target, {
      windowTokens: statedWindow(target),
      price: prices?.get(`${target.provider}/${target.model}`),
    });
    loading.set(name, endpoint);
    // A failure is told to whoever waits for the endpoint; nobody may.
    endpoint.then(
      (opened) => void loaded.set(name, opened),
      () => undefined,
    );
    return endpoint;
  };
  const statedWindow = ({ provider, model }: ModelTarget): number | undefined => {
    const name = `${provider}/${model}`;
    return Object.hasOwn(windows, name) ? windows[name] : undefined;
  };
  return {
    load,
    open: (target) => load(target).catch(asFailedAttempt),
    windowOf: (target) => statedWindow(target) ?? loaded.get(nameOf(target))?.windowTokens,
  };
}

function nameOf({ provider, model, baseUrl }: ModelTarget): string {
  return JSON.stringify([provider, model, baseUrl]);
}

/** For the chain it is as if the provider had said so. */
function asFailedAttempt(error: unknown): never {
  if (!(error instanceof UnknownModelError)) throw error;
  const matched = "platform/not-in-catalogue";
  throw new FailedAttempt({
    words: error.message,
    classification: { reason: "model_not_found", retryable: false, scope: "model", confidence: 1, matched },
  });
}
