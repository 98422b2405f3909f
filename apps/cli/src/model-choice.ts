import { CliError } from "./errors.ts";

/** Which model a run talks to. `scripted` stands in where no key is at hand. */
export type ModelChoice =
  | { readonly kind: "scripted"; readonly why: string }
  | {
      readonly kind: "real";
      readonly provider: string;
      readonly model: string;
      readonly baseUrl?: string;
      /** The environment variable that the key is taken from, where one is set. */
      readonly keyVariable?: string;
    };

interface KnownProvider {
  readonly variable: string;
  readonly model: string;
}

/** In this order the environment is searched. The models are mid-priced ones of each provider that use tools well. */
const KNOWN: Readonly<Record<string, KnownProvider>> = {
  anthropic: { variable: "ANTHROPIC_API_KEY", model: "claude-sonnet-5" },
  openai: { variable: "OPENAI_API_KEY", model: "gpt-5.4-mini" },
  google: { variable: "GEMINI_API_KEY", model: "gemini-3.5-flash" },
  mistral: { variable: "MISTRAL_API_KEY", model: "devstral-latest" },
  openrouter: { variable: "OPENROUTER_API_KEY", model: "anthropic/claude-sonnet-5" },
  groq: { variable: "GROQ_API_KEY", model: "openai/gpt-oss-120b" },
  xai: { variable: "XAI_API_KEY", model: "grok-4.5" },
  deepseek: { variable: "DEEPSEEK_API_KEY", model: "deepseek-flash" },
};

export interface ModelFlags {
  readonly provider?: string;
  readonly model?: string;
  readonly baseUrl?: string;
}

/**
 * Decides by the flags, then by the keys in the environment, and falls back to the scripted model.
 *
 * @throws {CliError} `CLI_USAGE` when the flags name no model and none is known for their provider.
 */
export function chooseModel(flags: ModelFlags, env: NodeJS.ProcessEnv): ModelChoice {
  const { baseUrl } = flags;
  const provider = flags.provider ?? (baseUrl === undefined ? providerWithKey(env) : "custom");
  if (provider === undefined) {
    if (flags.model !== undefined) {
      throw new CliError(
        "CLI_USAGE",
        `--model ${flags.model} needs --provider, or a key such as ANTHROPIC_API_KEY`,
      );
    }
    return { kind: "scripted", why: `no API key is set (${Object.values(KNOWN)[0]?.variable} or another)` };
  }
  const model = flags.model ?? known(provider)?.model;
  if (model === undefined) {
    throw new CliError(
      "CLI_USAGE",
      `no default model is known for provider ${provider}: name one with --model`,
    );
  }
  const keyVariable = variableWithKey(provider, env);
  return {
    kind: "real",
    provider,
    model,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(keyVariable === undefined ? {} : { keyVariable }),
  };
}

/** The environment variable that a provider's key is usually in. */
export function keyVariableOf(provider: string): string {
  return known(provider)?.variable ?? usualVariableOf(provider);
}

function usualVariableOf(provider: string): string {
  return `${provider.toUpperCase().replace(/[^A-Z0-9]/g, "_")}_API_KEY`;
}

/** The first variable that has a key of this provider, in all the forms in which the platform looks for keys. */
function variableWithKey(provider: string, env: NodeJS.ProcessEnv): string | undefined {
  const names = Object.keys(env).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  for (const variable of [keyVariableOf(provider), usualVariableOf(provider)]) {
    const stem = variable.replace(/_API_KEY$/, "");
    const numbered = names.filter(
      (name) => name.startsWith(`${stem}_`) && /^_(API_)?KEY_[1-9]\d{0,2}$/.test(name.slice(stem.length)),
    );
    const found = [variable, `${variable}S`, ...numbered].find((name) => env[name]?.trim());
    if (found !== undefined) return found;
  }
  return undefined;
}

function known(provider: string): KnownProvider | undefined {
  return Object.hasOwn(KNOWN, provider) ? KNOWN[provider] : undefined;
}

function providerWithKey(env: NodeJS.ProcessEnv): string | undefined {
  return Object.keys(KNOWN).find((provider) => variableWithKey(provider, env) !== undefined);
}
