import type { Provider } from "@earendil-works/pi-ai";

/** A provider whose address and models are known, and which one API key opens. */
export interface KnownProvider {
  /** Loads its catalogue (5–15 ms, 1–5 MB each), and none of the code that calls it. */
  load(): Promise<Pick<Provider, "getModels" | "streamSimple">>;
  /** The environment variable of its key, where that is not `<PROVIDER>_API_KEY`. */
  readonly keyVariable?: string;
}

/**
 * The providers of pi-ai that need nothing but a key. Not here are those that read more of the
 * environment (Bedrock, Vertex, Azure, Cloudflare) or sign in by OAuth (Copilot, Codex).
 */
const known: Readonly<Record<string, KnownProvider>> = {
  anthropic: {
    load: async () => (await import("@earendil-works/pi-ai/providers/anthropic")).anthropicProvider(),
  },
  baseten: { load: async () => (await import("@earendil-works/pi-ai/providers/baseten")).basetenProvider() },
  cerebras: {
    load: async () => (await import("@earendil-works/pi-ai/providers/cerebras")).cerebrasProvider(),
  },
  deepseek: {
    load: async () => (await import("@earendil-works/pi-ai/providers/deepseek")).deepseekProvider(),
  },
  fireworks: {
    load: async () => (await import("@earendil-works/pi-ai/providers/fireworks")).fireworksProvider(),
  },
  google: {
    load: async () => (await import("@earendil-works/pi-ai/providers/google")).googleProvider(),
    keyVariable: "GEMINI_API_KEY",
  },
  groq: { load: async () => (await import("@earendil-works/pi-ai/providers/groq")).groqProvider() },
  huggingface: {
    load: async () => (await import("@earendil-works/pi-ai/providers/huggingface")).huggingfaceProvider(),
    keyVariable: "HF_TOKEN",
  },
  meta: { load: async () => (await import("@earendil-works/pi-ai/providers/meta")).metaProvider() },
  minimax: { load: async () => (await import("@earendil-works/pi-ai/providers/minimax")).minimaxProvider() },
  mistral: { load: async () => (await import("@earendil-works/pi-ai/providers/mistral")).mistralProvider() },
  moonshotai: {
    load: async () => (await import("@earendil-works/pi-ai/providers/moonshotai")).moonshotaiProvider(),
    keyVariable: "MOONSHOT_API_KEY",
  },
  nvidia: { load: async () => (await import("@earendil-works/pi-ai/providers/nvidia")).nvidiaProvider() },
  openai: { load: async () => (await import("@earendil-works/pi-ai/providers/openai")).openaiProvider() },
  openrouter: {
    load: async () => (await import("@earendil-works/pi-ai/providers/openrouter")).openrouterProvider(),
  },
  together: {
    load: async () => (await import("@earendil-works/pi-ai/providers/together")).togetherProvider(),
  },
  "vercel-ai-gateway": {
    load: async () =>
      (await import("@earendil-works/pi-ai/providers/vercel-ai-gateway")).vercelAIGatewayProvider(),
    keyVariable: "AI_GATEWAY_API_KEY",
  },
  xai: { load: async () => (await import("@earendil-works/pi-ai/providers/xai")).xaiProvider() },
  zai: { load: async () => (await import("@earendil-works/pi-ai/providers/zai")).zaiProvider() },
};

/** @returns undefined for a name that is not in the table, such as `constructor` */
export function findProvider(name: string): KnownProvider | undefined {
  return Object.hasOwn(known, name) ? known[name] : undefined;
}

/** Names of the built-in providers, sorted. */
export function providerNames(): string[] {
  return Object.keys(known).sort();
}

/** Environment variables that may hold a provider's key, the preferred one first. */
export function keyVariables(provider: string): [string, ...string[]] {
  const usual = `${provider.toUpperCase().replace(/[^A-Z0-9]/g, "_")}_API_KEY`;
  const own = findProvider(provider)?.keyVariable;
  return own === undefined ? [usual] : [own, usual];
}
