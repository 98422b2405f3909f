import type { Provider } from "@earendil-works/pi-ai";

/** What a run needs of pi-ai's provider. */
type LoadedProvider = Pick<Provider, "getModels" | "streamSimple">;

/**
 * The providers of pi-ai that need nothing but a key. Not here are those that read more of the
 * environment (Bedrock, Vertex, Azure, Cloudflare) or sign in by OAuth (Copilot, Codex). Each loads its
 * catalogue (5–15 ms, 1–5 MB), and none of the code that calls it.
 */
export const builtinProviders: Readonly<Record<string, () => Promise<LoadedProvider>>> = {
  "ant-ling": async () => (await import("@earendil-works/pi-ai/providers/ant-ling")).antLingProvider(),
  anthropic: async () => (await import("@earendil-works/pi-ai/providers/anthropic")).anthropicProvider(),
  baseten: async () => (await import("@earendil-works/pi-ai/providers/baseten")).basetenProvider(),
  cerebras: async () => (await import("@earendil-works/pi-ai/providers/cerebras")).cerebrasProvider(),
  deepseek: async () => (await import("@earendil-works/pi-ai/providers/deepseek")).deepseekProvider(),
  fireworks: async () => (await import("@earendil-works/pi-ai/providers/fireworks")).fireworksProvider(),
  google: async () => (await import("@earendil-works/pi-ai/providers/google")).googleProvider(),
  groq: async () => (await import("@earendil-works/pi-ai/providers/groq")).groqProvider(),
  huggingface: async () =>
    (await import("@earendil-works/pi-ai/providers/huggingface")).huggingfaceProvider(),
  "kimi-coding": async () =>
    (await import("@earendil-works/pi-ai/providers/kimi-coding")).kimiCodingProvider(),
  meta: async () => (await import("@earendil-works/pi-ai/providers/meta")).metaProvider(),
  minimax: async () => (await import("@earendil-works/pi-ai/providers/minimax")).minimaxProvider(),
  "minimax-cn": async () => (await import("@earendil-works/pi-ai/providers/minimax-cn")).minimaxCnProvider(),
  mistral: async () => (await import("@earendil-works/pi-ai/providers/mistral")).mistralProvider(),
  moonshotai: async () => (await import("@earendil-works/pi-ai/providers/moonshotai")).moonshotaiProvider(),
  "moonshotai-cn": async () =>
    (await import("@earendil-works/pi-ai/providers/moonshotai-cn")).moonshotaiCnProvider(),
  nvidia: async () => (await import("@earendil-works/pi-ai/providers/nvidia")).nvidiaProvider(),
  openai: async () => (await import("@earendil-works/pi-ai/providers/openai")).openaiProvider(),
  opencode: async () => (await import("@earendil-works/pi-ai/providers/opencode")).opencodeProvider(),
  "opencode-go": async () =>
    (await import("@earendil-works/pi-ai/providers/opencode-go")).opencodeGoProvider(),
  openrouter: async () => (await import("@earendil-works/pi-ai/providers/openrouter")).openrouterProvider(),
  "qwen-token-plan": async () =>
    (await import("@earendil-works/pi-ai/providers/qwen-token-plan")).qwenTokenPlanProvider(),
  "qwen-token-plan-cn": async () =>
    (await import("@earendil-works/pi-ai/providers/qwen-token-plan-cn")).qwenTokenPlanCnProvider(),
  "qwen-token-plan-individual": async () =>
    (
      await import("@earendil-works/pi-ai/providers/qwen-token-plan-individual")
    ).qwenTokenPlanIndividualProvider(),
  radius: async () => (await import("@earendil-works/pi-ai/providers/radius")).radiusProvider(),
  together: async () => (await import("@earendil-works/pi-ai/providers/together")).togetherProvider(),
  "vercel-ai-gateway": async () =>
    (await import("@earendil-works/pi-ai/providers/vercel-ai-gateway")).vercelAIGatewayProvider(),
  xai: async () => (await import("@earendil-works/pi-ai/providers/xai")).xaiProvider(),
  xiaomi: async () => (await import("@earendil-works/pi-ai/providers/xiaomi")).xiaomiProvider(),
  "xiaomi-token-plan-ams": async () =>
    (await import("@earendil-works/pi-ai/providers/xiaomi-token-plan-ams")).xiaomiTokenPlanAmsProvider(),
  "xiaomi-token-plan-cn": async () =>
    (await import("@earendil-works/pi-ai/providers/xiaomi-token-plan-cn")).xiaomiTokenPlanCnProvider(),
  "xiaomi-token-plan-sgp": async () =>
    (await import("@earendil-works/pi-ai/providers/xiaomi-token-plan-sgp")).xiaomiTokenPlanSgpProvider(),
  zai: async () => (await import("@earendil-works/pi-ai/providers/zai")).zaiProvider(),
  "zai-coding-cn": async () =>
    (await import("@earendil-works/pi-ai/providers/zai-coding-cn")).zaiCodingCnProvider(),
};

/** The variables that these providers' users know, where that is not `<PROVIDER>_API_KEY`. */
export const ownKeyVariables: Readonly<Record<string, string>> = {
  google: "GEMINI_API_KEY",
  huggingface: "HF_TOKEN",
  "kimi-coding": "KIMI_API_KEY",
  moonshotai: "MOONSHOT_API_KEY",
  "moonshotai-cn": "MOONSHOT_API_KEY",
  "opencode-go": "OPENCODE_API_KEY",
  "qwen-token-plan-individual": "QWEN_TOKEN_PLAN_API_KEY",
  "vercel-ai-gateway": "AI_GATEWAY_API_KEY",
};
