import type { CooldownStore } from "@cloison/fallback";
import type { ModelChoice } from "../broker/model-choice.ts";
import { type Budget, optionalBudget } from "../budget/limits.ts";
import { type FullPrice, type ModelPrices, optionalPrices } from "../budget/prices.ts";
import { type ApiKeys, type KeyLists, optionalApiKeys } from "./api-keys.ts";
import { type ContextOptions, optionalContext } from "./context-options.ts";
import { readModelChoice } from "./fallbacks.ts";
import { type JumpReason, optionalJumpOn } from "./jump-on.ts";
import { readMemory, type SessionMemory } from "./memory-option.ts";
import { type OptionReader, readOptions } from "./option-reader.ts";
import { parseSandboxOptions, type RunSandboxOptions } from "./sandbox-options.ts";
import { optionalSubagents, type SubagentOptions } from "./subagent-options.ts";

/** Options of `createPlatform`. Provider, model, base URL and fallbacks hold for workspaces and runs that name none. */
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
  /**
   * Errors of the request for which the next fallback is asked all the same. Default `format` (malformed for this model)
   * and `none` (nobody knows what it means), not `content_policy`.
   */
  readonly jumpOn?: readonly JumpReason[] | undefined;
  /** How long conversations may be, in every run that does not say otherwise. */
  readonly context?: ContextOptions | undefined;
  /** Subagents that runs with `enableSubagents: true` may start, in every workspace that says nothing else. */
  readonly subagents?: SubagentOptions | undefined;
  /** Where it is kept which models and keys cool down after a failure. Default: in memory. */
  readonly cooldowns?: CooldownStore | undefined;
  /** Where agents keep what should last, before the older part of a conversation is summarised. Default: nowhere. */
  readonly memory?: SessionMemory | undefined;
  /** Limits of every run's sandbox, and what to do where a layer of it cannot be had. */
  readonly sandbox?: RunSandboxOptions | undefined;
  /** Where keys are looked for that no `apiKeys` gives; read once. Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Platform options, checked, but for the state directory. */
export interface PlatformSetup {
  readonly choice: ModelChoice;
  readonly apiKeys: KeyLists;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly sandbox: RunSandboxOptions;
  readonly budget: Budget | undefined;
  readonly prices: ReadonlyMap<string, FullPrice>;
  readonly jumpOn: readonly JumpReason[] | undefined;
  readonly context: ContextOptions;
  readonly cooldowns: CooldownStore | undefined;
  readonly memory: SessionMemory | undefined;
  readonly subagents: SubagentOptions | undefined;
}

export const setupNames = [
  "credentialPassphrase",
  "provider",
  "model",
  "baseUrl",
  "fallbacks",
  "apiKeys",
  "budget",
  "prices",
  "jumpOn",
  "context",
  "subagents",
  "cooldowns",
  "memory",
  "sandbox",
  "env",
] as const;

/** @throws InvalidOptionError */
export function parsePlatformOptions(input: PlatformOptions): PlatformSetup & { readonly stateDir: string } {
  const options = readOptions("createPlatform", input, ["stateDir", ...setupNames]);
  return { stateDir: options.text("stateDir"), ...readSetup(options, input) };
}

/** Reads all options that are named in `setupNames`. */
export function readSetup(
  options: OptionReader,
  input: Pick<PlatformOptions, "sandbox" | "cooldowns" | "memory">,
): PlatformSetup {
  // Checked, though not used yet: a caller should not learn of a wrong one only when the vault comes.
  options.optionalText("credentialPassphrase");
  return {
    choice: readModelChoice(options),
    apiKeys: optionalApiKeys(options),
    env: readEnvironment(options),
    sandbox: parseSandboxOptions(options, input.sandbox),
    budget: optionalBudget(options),
    prices: optionalPrices(options),
    jumpOn: optionalJumpOn(options),
    context: optionalContext(options),
    cooldowns: readCooldowns(options, input.cooldowns),
    memory: readMemory(options, input.memory),
    subagents: optionalSubagents(options),
  };
}

function readCooldowns(options: OptionReader, given: CooldownStore | undefined): CooldownStore | undefined {
  if (given === undefined) return undefined;
  const { get, update } = options.optionalObject("cooldowns") ?? given;
  if (typeof get !== "function" || typeof update !== "function") {
    throw options.refuse("cooldowns", "must be a store with the functions get and update");
  }
  return given;
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
