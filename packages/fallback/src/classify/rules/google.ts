import { anyOf, exactly, type RuleFamily } from "../rule.ts";

// https://ai.google.dev/gemini-api/docs/troubleshooting and google.rpc.Code
export const google: RuleFamily = {
  name: "google",
  provider: /google|gemini|vertex|palm/,
  rules: [
    {
      name: "depleted",
      reason: "billing",
      text: anyOf(
        /pre-?pay(?:ment|id)? (?:credits?|balance)[^\n]{0,40}(?:depleted|exhausted|used)/,
        /billing account[^\n]{0,80}(?:disabled|closed|not (?:found|active|open))/,
        /requires? billing to be enabled|enable billing/,
        /billing[^\n]{0,20} (?:disabled|not enabled)/,
      ),
    },
    { name: "spend-cap", reason: "billing", text: /(?:spend(?:ing)?|cost) cap/i },
    {
      name: "key-dead",
      reason: "auth_permanent",
      text: /api key (?:has )?expired|(?:reported|flagged|identified) as leaked|consumer[^\n]{0,60}suspended/i,
    },
    { name: "suspended", reason: "auth_permanent", code: /^(?:consumer_suspended|api_key_expired)$/ },
    {
      name: "disabled",
      reason: "auth_permanent",
      text: /api has not been used in project|it is disabled\b|service_disabled/i,
    },
    {
      name: "service-disabled",
      reason: "auth_permanent",
      code: /^(?:service_disabled|api_key_service_blocked)$/,
    },
    { name: "key", reason: "auth", code: /^api_key_invalid$/ },
    { name: "key-words", reason: "auth", text: /api key not (?:valid|found)|pass a valid api key/i },
    {
      name: "location",
      reason: "auth",
      text: anyOf(
        /(?:user )?location is not supported/,
        /not (?:available|supported) in your (?:country|region|location)/,
      ),
      scope: "provider",
    },
    { name: "unauthenticated", reason: "auth", code: /^unauthenticated$/ },
    {
      name: "overloaded",
      reason: "overloaded",
      text: /overloaded|high demand/i,
      code: /^(?:unavailable|resource_exhausted|503|429)$/,
    },
    {
      name: "overflow",
      reason: "context_overflow",
      text: /input token count[^\n]{0,40}exceeds|payload size exceeds|token count[^\n]{0,20}exceeds/i,
    },
    {
      name: "free-quota",
      reason: "rate_limit",
      text: /exceeded your current quota|quota exceeded for (?:metric|quota)|quota_?metric|free_?tier/i,
      own: true,
    },
    {
      name: "exhausted",
      reason: "rate_limit",
      code: /^resource_?exhausted$/,
      not: /credits?\b|balance|prepaid|funds|payment|spend/i,
    },
    {
      name: "model",
      reason: "model_not_found",
      text: /models?\/\S+ (?:is|was) not (?:found|supported)|publisher model/i,
    },
    { name: "model-state", reason: "model_not_found", code: /^not_found$/, text: /model|publisher/i },
    {
      name: "prohibited",
      reason: "content_policy",
      code: exactly(
        /safety|prohibited_content|blocklist|spii|recitation|image_safety/,
        /image_prohibited_content|model_armor/,
      ),
    },
    {
      name: "turn-order",
      reason: "format",
      text: /function (?:call|response) turn|function response parts|thought_?signature/i,
    },
    {
      name: "deadline",
      reason: "timeout",
      code: /^(?:deadline_exceeded|internal|aborted|cancelled|data_loss)$/,
      status: ["none", "5xx", 409, 499],
      vague: true,
    },
    { name: "unavailable", reason: "timeout", code: /^unavailable$/, vague: true },
    {
      name: "permission",
      reason: "auth",
      code: /^permission_denied$/,
      not: /model|suspended|disabled|frozen|closed|been denied/i,
    },
  ],
};
