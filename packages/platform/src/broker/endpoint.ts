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
  stream(context: Context, options: SimpleStreamOptions): AssistantMessageEventStream;
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

/** What is assumed of a model that no catalogue describes: figures that nearly all of today's models reach. */
const UNKNOWN_MODEL = {
  reasoning: false,
  input: ["text"],
  cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
  contextWindow: 128_000,
  maxTokens: 8192,
} satisfies Partial<Model<Api>>;

/**
 * Finds a model and loads what calls it. With a base URL any model will do; without one it has to be
 * in the catalogue of a built-in provider.
 *
 * @throws UnknownProviderError (at once), UnknownModelError (by rejecting)
 */
export function openEndpoint(
  target: ModelTarget,
  prices?: ReadonlyMap<string, FullPrice>,
): Promise<ModelEndpoint> {
  const price = prices?.get(`${target.provider}/${target.model}`);
  if (target.baseUrl !== undefined) return withContext(openAt(target, target.baseUrl), price);
  const known = findProvider(target.provider);
  if (known === undefined) throw new UnknownProviderError(target.provider, providerNames());
  return withContext(openKnown(known, target), price);
}

interface Opened {
  readonly model: Model<Api>;
  readonly streams: Pick<ProviderStreams, "streamSimple">;
}

async function withContext(opening: Promise<Opened>, price: FullPrice | undefined): Promise<ModelEndpoint> {
  const [{ model: found, streams }, { normalizeContext }] = await Promise.all([
    opening,
    import("@earendil-works/pi-ai/utils/transcript"),
  ]);
  // pi-ai reckons the cost of a call by the model's price.
  const model = price === undefined ? found : { ...found, cost: price };
  return {
    model,
    price: price ?? knownPrice(found.cost),
    stream: (context, options) => streams.streamSimple(model, normalizeContext(context), options),
  };
}

async function openKnown(known: KnownProvider, { provider, model: id }: ModelTarget): Promise<Opened> {
  const streams = await known.load();
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
