import type { ChainEvent } from "@cloison/fallback";
import type { ModelScript, ModelServer, ProtocolName } from "@cloison/testing";
import { createBroker, type LineRequest } from "../src/broker/broker.ts";
import type { ModelCall, Spent } from "../src/broker/model-call.ts";
import { modelServer } from "./model-server.ts";
import { keyLists, lineRequest } from "./open-line.ts";
import { createSleeplessClock } from "./sleepless-clock.ts";

export const KEY_1 = "sk-canary-first-1111";
export const KEY_2 = "sk-canary-second-2222";

interface ChainSetting {
  readonly script: ModelScript;
  readonly request?: Partial<LineRequest>;
  readonly keys?: readonly string[];
  /** Models after the first. */
  readonly fallbacks?: readonly string[];
  readonly clock?: ReturnType<typeof createSleeplessClock>;
}

/** A broker with two keys for one provider at the scripted server. Its waits take no time. */
export async function setting(
  protocol: ProtocolName,
  { script, request, keys, fallbacks = [], ...rest }: ChainSetting,
) {
  const server = await modelServer(script);
  const { clock = createSleeplessClock() } = rest;
  const provider = protocol === "anthropic" ? "anthropic" : "local";
  const baseUrl = server.baseUrls[protocol];
  const apiKeys = keyLists({ [provider]: keys ?? [KEY_1, KEY_2] });
  const broker = createBroker({ apiKeys, env: {} }, { clock, random: () => 0.5 });
  const target = (model: string) => ({ provider, model, baseUrl });
  const open = (more: Partial<LineRequest> = {}) =>
    broker.open(
      lineRequest(target("first"), { fallbacks: fallbacks.map(target), maxRetries: 2, ...request, ...more }),
    );
  return { server, clock, broker, open, target };
}

/** Who was asked with which key, in order. */
export function asked({ requests }: ModelServer): string[] {
  return requests.map(({ model, apiKey }) => `${model} ${apiKey}`);
}

export function listening() {
  const heard = { text: "", discarded: 0, spent: [] as Spent[], events: [] as ChainEvent[] };
  const call: Partial<ModelCall> = {
    onText: (text) => {
      heard.text += text;
    },
    onDiscard: () => {
      heard.text = "";
      heard.discarded += 1;
    },
    onSpent: (spent) => void heard.spent.push(spent),
    onEvent: (event) => void heard.events.push(event),
  };
  return { heard, call };
}
