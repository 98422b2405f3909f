import type { ModelChoice } from "../broker/model-choice.ts";
import { type Budget, optionalBudget } from "../budget/limits.ts";
import { type FullPrice, type ModelPrices, optionalPrices } from "../budget/prices.ts";
import { type ApiKeys, optionalApiKeys } from "./api-keys.ts";
import { optionalBaseUrl } from "./base-url.ts";
import { type OptionReader, readOptions } from "./option-reader.ts";
import { parseSandboxOptions, type RunSandboxOptions } from "./sandbox-options.ts";

/** Options of `createPlatform`. Provider, model and base URL are what workspaces and runs fall back to. */
export interface PlatformOptions extends ModelChoice {
  /** Where all workspaces are kept. Made if missing, and closed to other users (mode 0700). */
  readonly stateDir: string;
  /** Opens the credential vault, which comes with a later version; nothing is encrypted with it yet. */
  readonly credentialPassphrase?: string | undefined;
  /** Keys by provider name, for all workspaces. They are kept in memory only. */
  readonly apiKeys?: ApiKeys | undefined;
  /** What each run, day and month may cost in every workspace that says nothing else. */
  readonly budget?: Budget | undefined;
  /** Prices by `provider/model`, stronger than the catalogue's. */
  readonly prices?: ModelPrices | undefined;
  /** Limits of every run's sandbox, and what to do where a layer of it cannot be had. */
  readonly sandbox?: RunSandboxOptions | undefined;
  /** Where keys are looked for that no `apiKeys` gives; read once. Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Platform options, checked, but for the state directory. */
export interface PlatformSetup {
  readonly choice: ModelChoice;
  readonly apiKeys: ReadonlyMap<string, string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly sandbox: RunSandboxOptions;
  readonly budget: Budget | undefined;
  readonly prices: ReadonlyMap<string, FullPrice>;
}

export const setupNames = [
  "credentialPassphrase",
  "provider",
  "model",
  "baseUrl",
  "apiKeys",
  "budget",
  "prices",
  "sandbox",
  "env",
] as const;

/** @throws InvalidOptionError */
export function parsePlatformOptions(input: PlatformOptions): PlatformSetup & { readonly stateDir: string } {
  const options = readOptions("createPlatform", input, ["stateDir", ...setupNames]);
  return { stateDir: options.text("stateDir"), ...readSetup(options, input) };
}

/** Reads all options that are named in `setupNames`. */
export function readSetup(options: OptionReader, input: Pick<PlatformOptions, "sandbox">): PlatformSetup {
  // Checked, though not used yet: a caller should not learn of a wrong one only when the vault comes.
  options.optionalText("credentialPassphrase");
  return {
    choice: {
      provider: options.optionalText("provider"),
      model: options.optionalText("model"),
      baseUrl: optionalBaseUrl(options),
    },
    apiKeys: optionalApiKeys(options),
    env: readEnvironment(options),
    sandbox: parseSandboxOptions(options, input.sandbox),
    budget: optionalBudget(options),
    prices: optionalPrices(options),
  };
}

function readEnvironment(options: OptionReader): Readonly<Record<string, string | undefined>> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.optionalObject("env") ?? process.env)) {
    if (value === undefined) continue;
    if (typeof value !== "string") throw options.refuse("env", `: ${name} must be a text`);
    env[name] = value;
  }
  return env;
}
