import { type Facts, factsOf } from "./facts.ts";
import { REASONS } from "./reasons.ts";
import { retryAfterOf } from "./retry-after.ts";
import { holds, type Rule, type RuleFamily } from "./rule.ts";
import { firstFamilies, generalFamilies, lastFamilies, providerFamilies } from "./rules/all.ts";
import type { Classification, ErrorInput } from "./types.ts";

export interface ClassifyOptions {
  /** Milliseconds since 1970, for times of day in headers and words. Default `Date.now()`. */
  readonly now?: number | undefined;
}

/** A provider's rules, the ones with codes that say little apart. */
interface Divided {
  readonly provider: RegExp | undefined;
  readonly name: string;
  readonly telling: RuleFamily;
  readonly vague: RuleFamily;
}

const ownFamilies = providerFamilies.map(divide);

/** What holds of a provider's rules whoever the provider is: its code may come through a proxy. */
const sharedFamilies = providerFamilies.map(withoutOwn).map(divide);

interface Found {
  readonly family: string;
  readonly rule: Rule;
}

/**
 * Says what an error of a model provider means: from status, code, headers and body, or from words alone. Only the
 * first 16 KiB of a text are looked at. Never throws.
 */
export function classifyError(input: ErrorInput, options: ClassifyOptions = {}): Classification {
  const facts = factsOf(input);
  const found = facts.isProse ? undefined : decide(facts);
  const reason = found?.rule.reason ?? "none";
  const retryAfterMs = reason === "none" ? undefined : retryAfterOf(input, facts, options.now ?? Date.now());
  return {
    reason,
    retryable: REASONS[reason].retryable,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    scope: found?.rule.scope ?? REASONS[reason].scope,
    confidence: found ? confidenceOf(found) : 0,
    matched: found ? `${found.family}/${found.rule.name}` : "none",
  };
}

/**
 * The first rule that holds: providers' own before general ones, the named provider's before others'. What a
 * provider calls a server's error may be said of anything, so such codes come after words that say something else.
 */
function decide(facts: Facts): Found | undefined {
  const own = ownFamilies.filter(({ provider }) => provider?.test(facts.provider));
  const others = sharedFamilies.filter(({ name }) => !own.some((family) => family.name === name));
  const providers = [...own, ...others];
  const clear =
    firstOf(firstFamilies, facts) ??
    firstOf(
      providers.map(({ telling }) => telling),
      facts,
    );
  if (clear) return clear;
  const words = firstOf(generalFamilies, facts);
  const code = firstOf(
    providers.map(({ vague }) => vague),
    facts,
  );
  const isConfirmed = words !== undefined && words.rule.reason === code?.rule.reason;
  return (isConfirmed ? code : (words ?? code)) ?? firstOf(lastFamilies, facts);
}

function divide(family: RuleFamily): Divided {
  const { name, provider, rules } = family;
  return {
    name,
    provider,
    telling: { ...family, rules: rules.filter((rule) => rule.vague !== true) },
    vague: { ...family, rules: rules.filter((rule) => rule.vague === true) },
  };
}

function firstOf(families: readonly RuleFamily[], facts: Facts): Found | undefined {
  for (const { name, rules } of families) {
    const rule = rules.find((each) => holds(each, facts));
    if (rule) return { family: name, rule };
  }
  return undefined;
}

function withoutOwn(family: RuleFamily): RuleFamily {
  return { ...family, rules: family.rules.filter(({ own }) => own !== true) };
}

/** A provider's code says it outright; words may be read wrongly; a bare status says least. */
function confidenceOf({ family, rule }: Found): number {
  if (rule.code && !rule.loose) return rule.text ? 0.95 : 1;
  if (family === "status") return 0.5;
  if (rule.loose) return 0.7;
  return family === "language" ? 0.7 : 0.8;
}
