import type { RuleFamily } from "../rule.ts";
import { keys, models, rights } from "./access.ts";
import { answers } from "./answers.ts";
import { anthropic } from "./anthropic.ts";
import { bedrock } from "./bedrock.ts";
import { chinese } from "./chinese.ts";
import { conversation } from "./conversation.ts";
import { gateways } from "./gateways.ts";
import { google } from "./google.ts";
import { languages } from "./languages.ts";
import { limits, rateLimits } from "./limits.ts";
import { openai } from "./openai.ts";
import { overflow } from "./overflow.ts";
import { policy } from "./policy.ts";
import { requestWords } from "./request-words.ts";
import { statuses } from "./status.ts";
import { transport } from "./transport.ts";

/** Providers' own rules. Those of the provider that is named come first. */
export const providerFamilies: readonly RuleFamily[] = [
  anthropic,
  openai,
  google,
  bedrock,
  ...gateways,
  ...chinese,
];

/** What words mean whoever says them, in the order in which they are looked at: the first rule that holds decides. */
export const generalFamilies: readonly RuleFamily[] = [
  ...limits,
  overflow,
  rateLimits,
  keys,
  models,
  rights,
  policy,
  transport,
  languages,
];

/** What is left to say when no words tell what happened. */
export const lastFamilies: readonly RuleFamily[] = [requestWords, statuses];

/** Looked at before providers' rules: what is wrong with the request, and how an answer ended. */
export const firstFamilies: readonly RuleFamily[] = [answers, conversation];
