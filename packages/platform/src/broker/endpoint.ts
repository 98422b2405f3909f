import type {
  Api,
  AssistantMessageEventStream,
  Context,
  Model,
  ProviderStreams,
  SimpleStreamOptions,
} from "@earendil-works/pi-ai";
import { type FullPrice, knownPrice } from "../budget/prices.ts";
import { UnknownModelError, UnknownProviderError } from "../errors/model-errors.ts";
import type { ModelTarget } from "./model-choice.ts";
import { findProvider, type KnownProvider, providerNames } from "./providers.ts";

/** A model together with the code that can call it. */
export interface ModelEndpoint {
  readonly model: Model<Api>;
  /** Undefined where neither the application nor the catalogue says one. */
  readonly price: FullPrice | undefined;
  /** Tokens of the context window; undefined where neither says one. */
  readonly windowTokens: number | undefined;
  stream(context: Context, options: SimpleStreamOptions): AssistantMessageEventStream;
}

/** What the application says of a model, in the place of the catalogue. */
export interface StatedFigures {
  readonly price?: FullPrice | undefined;
  /** Tokens of the context window. */
  readonly windowTokens?: number | undefined;
}

/** The two protocols that can be spoken at any address. */
type OpenApi = "anthropic-messages" | "openai-completions";

/**
 * Loads the code that speaks a protocol: 50–90 ms the first time, nearly all of it the provider's own
 * client library. Never pi-ai's root, which loads everything (150–260 ms, 75 MB).
 */
const protocols: Readonly<Record<OpenApi, () => Promise<Pick<ProviderStreams, "streamSimple">>>> = {
  "anthropic-messages": () => import("@earendil-works/pi-ai/api/anthropic-messages"),
  "openai-completions": () => import("@earendil-works/pi-ai/api/openai-completions"),
};

/** What is assumed of a model that no catalogue describes: what nearly all of today's models can do. */
const UNKNOWN_MODEL = {
  reasoning: false,
  // pi-ai leaves images out where a model takes none; such a server had better say so itself.
  input: ["text", "image"],
  cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
  // Not known: pi-ai then leaves the length of an answer alone.
  contextWindow: 0,
  maxTokens: 8192,
} satisfies Partial<Model<Api>>;

/**
 * Finds a model and loads what calls it. With a base URL any model will do; without one it has to be
 * in the catalogue of a built-in provider.
 *
 * @throws UnknownModelError, UnknownProviderError
 */
export async function openEndpoint(target: ModelTarget, stated: StatedFigures = {}): Promise<ModelEndpoint> {
  const { baseUrl } = target;
  const [{ model: found, streams }, { normalizeContext }] = await Promise.all([
    baseUrl === undefined ? openKnown(target) : openAt(target, baseUrl),
    import("@earendil-works/pi-ai/utils/transcript"),
  ]);
  const { price = knownPrice(found.cost), windowTokens = found.contextWindow } = stated;
  // pi-ai reckons the cost of a call by the model's price.
  const model = { ...found, cost: price ?? found.cost, contextWindow: windowTokens };
  return {
    model,
    price,
    windowTokens: windowTokens > 0 ? windowTokens : undefined,
    stream: (context, options) => streams.streamSimple(model, normalizeContext(context), options),
  };
}

/** @throws UnknownProviderError */
export function requireProvider(name: string): KnownProvider {
  const known = findProvider(name);
  if (known === undefined) throw new UnknownProviderError(name, providerNames());
  return known;
}

interface Opened {
  readonly model: Model<Api>;
  readonly streams: Pick<ProviderStreams, "streamSimple">;
}

async function openKnown({ provider, model: id }: ModelTarget): Promise<Opened> {
  const streams = await requireProvider(provider).load();
  const models = streams.getModels();
  const model = models.find((candidate) => candidate.id === id);
  if (model === undefined) {
    throw new UnknownModelError(
      provider,
      id,
      models.map((candidate) => candidate.id),
    );
  }
  // The provider would load its protocol at the first call only.
  if (isOpenApi(model.api)) await protocols[model.api]();
  return { model, streams };
}

function isOpenApi(api: Api): api is OpenApi {
  return Object.hasOwn(protocols, api);
}

async function openAt({ provider, model: id }: ModelTarget, baseUrl: string): Promise<Opened> {
  const api: OpenApi = provider === "anthropic" ? "anthropic-messages" : "openai-completions";
  const [streams, catalogue] = await Promise.all([protocols[api](), findProvider(provider)?.load()]);
  const listed = catalogue?.getModels().find((candidate) => candidate.id === id);
  const address = api === "anthropic-messages" ? withoutVersion(baseUrl) : baseUrl;
  const model: Model<Api> =
    listed?.api === api
      ? { ...listed, baseUrl: address }
      : { ...UNKNOWN_MODEL, ...figuresOf(listed), id, name: id, api, provider, baseUrl: address };
  return { model, streams };
}

/** A listed model that is called by another protocol than its own keeps its price and size. */
function figuresOf(listed: Model<Api> | undefined): Partial<Model<Api>> {
  if (listed === undefined) return {};
  const { input, cost, contextWindow, maxTokens } = listed;
  return { input, cost, contextWindow, maxTokens };
}

/** Anthropic's client adds `/v1` itself; a base URL that has it for OpenAI's may be given for both. */
function withoutVersion(baseUrl: string): string {
  return baseUrl.replace(/\/v1$/, "");
}
