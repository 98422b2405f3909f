import { InvalidOptionError } from "../errors/option-errors.ts";

/** What one level (run, workspace, platform) says about the model to use. */
export interface ModelChoice {
  /** A built-in provider's name, such as `anthropic`, or any name where a `baseUrl` is given. */
  readonly provider?: string | undefined;
  /** The provider's own id of the model. */
  readonly model?: string | undefined;
  /**
   * Where the provider's API is spoken instead of at its own address. `anthropic` speaks Anthropic
   * messages there, every other provider OpenAI chat-completions.
   */
  readonly baseUrl?: string | undefined;
  /**
   * Models to ask, in this order, when the one above cannot answer: `provider/model` (the model's name may
   * hold slashes), or an object. The strongest level that gives the list gives all of it; an empty one means none.
   */
  readonly fallbacks?: readonly (string | FallbackModel)[] | undefined;
}

/** A model to fall back to. */
export interface FallbackModel {
  readonly provider: string;
  readonly model: string;
  /** Default: the base URL that a level gives this very provider. */
  readonly baseUrl?: string | undefined;
}

/** The model that a run calls. */
export interface ModelTarget {
  readonly provider: string;
  readonly model: string;
  readonly baseUrl: string | undefined;
}

/**
 * Finds the model that several levels agree on, the first being the strongest. A level's model and
 * base URL go with the provider that holds at that level: a run that changes the provider gets neither
 * the workspace's model nor its base URL, or its key would be sent to another provider's address. At a
 * level below which no provider is named, they go with any provider.
 *
 * @returns undefined when no provider, or no model for it, is named
 */
export function findModelTarget(levels: readonly ModelChoice[]): ModelTarget | undefined {
  const provider = levels.find((level) => level.provider !== undefined)?.provider;
  if (provider === undefined) return undefined;
  const fitting = levels.filter((_, index) => {
    const own = levels.slice(index).find((level) => level.provider !== undefined)?.provider;
    return own === undefined || own === provider;
  });
  const model = fitting.find((level) => level.model !== undefined)?.model;
  if (model === undefined) return undefined;
  return { provider, model, baseUrl: fitting.find((level) => level.baseUrl !== undefined)?.baseUrl };
}

/** @throws InvalidOptionError naming what is missing */
export function requireModelTarget(levels: readonly ModelChoice[]): ModelTarget {
  const target = findModelTarget(levels);
  if (target !== undefined) return target;
  const provider = levels.find((level) => level.provider !== undefined)?.provider;
  if (provider === undefined) {
    throw new InvalidOptionError(
      "provider",
      "no provider is chosen; give provider to run, createWorkspace or createPlatform",
    );
  }
  throw new InvalidOptionError(
    "model",
    `no model of provider "${provider}" is chosen; give model to run, createWorkspace or createPlatform`,
  );
}

/**
 * The models that a run may call, its own first, each once. A fallback gets a base URL by the same rule as
 * the first: from its own entry, or from a level that means its provider.
 *
 * @throws InvalidOptionError naming what is missing
 */
export function requireModelTargets(levels: readonly ModelChoice[]): [ModelTarget, ...ModelTarget[]] {
  const first = requireModelTarget(levels);
  const fallbacks = levels.find((level) => level.fallbacks !== undefined)?.fallbacks ?? [];
  const targets: [ModelTarget, ...ModelTarget[]] = [first];
  for (const fallback of fallbacks) {
    const named = typeof fallback === "string" ? parseModelName(fallback) : fallback;
    const target = requireModelTarget([named, ...levels]);
    if (!targets.some((known) => isSame(known, target))) targets.push(target);
  }
  return targets;
}

/**
 * Reads `provider/model`. A model's name may hold slashes, as many do at OpenRouter; a provider's may not.
 *
 * @throws InvalidOptionError
 */
export function parseModelName(text: string): FallbackModel {
  const slash = text.indexOf("/");
  const provider = text.slice(0, Math.max(slash, 0)).trim();
  const model = text.slice(slash + 1).trim();
  if (provider === "" || model === "") {
    throw new InvalidOptionError(
      "fallbacks",
      `the option fallbacks: ${JSON.stringify(text)} is not of the form "provider/model", such as "openai/gpt-4o"`,
    );
  }
  return { provider, model };
}

function isSame(a: ModelTarget, b: ModelTarget): boolean {
  return a.provider === b.provider && a.model === b.model && a.baseUrl === b.baseUrl;
}
