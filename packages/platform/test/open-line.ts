import {
  type BrokerParts,
  type BrokerSetup,
  createBroker,
  type LineRequest,
  type ModelLine,
} from "../src/broker/broker.ts";
import type { ModelTarget } from "../src/broker/model-choice.ts";

/** Keys by provider, as options give them. */
export function keyLists(keys: Readonly<Record<string, string | readonly string[]>>) {
  return new Map(Object.entries(keys).map(([name, key]) => [name, typeof key === "string" ? [key] : key]));
}

/** What a run asks of a broker that says nothing of retries, but for what is given. */
export function lineRequest(
  first: ModelTarget,
  { fallbacks = [], ...given }: Partial<LineRequest> & { readonly fallbacks?: readonly ModelTarget[] } = {},
): LineRequest {
  const targets = [first, ...fallbacks] as const;
  return {
    targets,
    userId: "ada",
    apiKeys: new Map(),
    maxRetries: 0,
    deadlineMs: 60_000,
    context: {},
    ...given,
  };
}

/** A line to one model through a broker of its own. */
export function openLine(
  target: ModelTarget,
  setup: Partial<BrokerSetup> & { readonly key?: string } = {},
  parts: BrokerParts = {},
): ModelLine {
  const { key, ...rest } = setup;
  const apiKeys = key === undefined ? new Map() : keyLists({ [target.provider]: key });
  return createBroker({ apiKeys, env: {}, ...rest }, parts).open(lineRequest(target));
}
