import { anyOf, type RuleFamily } from "../rule.ts";

// https://docs.anthropic.com/en/api/errors
export const anthropic: RuleFamily = {
  name: "anthropic",
  provider: /anthropic|claude/,
  rules: [
    { name: "overloaded", reason: "overloaded", code: /^overloaded_error$/ },
    {
      name: "extra-usage",
      reason: "billing",
      text: /(?:out of|draw from|requires?|enable) (?:your )?extra usage|extra usage (?:is )?required/i,
    },
    {
      name: "long-context-plan",
      reason: "billing",
      text: /long context (?:beta )?(?:is )?not (?:yet )?(?:available|enabled|included)/i,
      scope: "model",
    },
    { name: "credit-balance", reason: "billing", text: /credit balance is too low|plans & billing/i },
    { name: "billing", reason: "billing", code: /^billing_error$/ },
    {
      name: "usage-limit",
      reason: "rate_limit",
      text: /(?:specified|monthly|weekly|5-hour) (?:api )?usage limits?|usage limit reached\|\d{9}/i,
    },
    { name: "rate-limit", reason: "rate_limit", code: /^rate_limit_error$/, vague: true },
    { name: "too-large", reason: "context_overflow", code: /^request_too_large$/ },
    {
      name: "organization",
      reason: "auth_permanent",
      text: /not allowed for this organization|organization has been disabled/i,
    },
    {
      name: "permission",
      reason: "auth_permanent",
      code: /^permission_error$/,
      own: true,
      not: /model|region|country/i,
    },
    { name: "client-bound", reason: "auth", text: /credential is only authorized for use with/i },
    {
      name: "model",
      reason: "model_not_found",
      code: /^not_found_error$/,
      text: /^model: |\nmodel: |model/i,
    },
    {
      name: "thinking",
      reason: "format",
      text: anyOf(
        /(?:thinking|redacted_thinking)[^\n]{0,200}(?:cannot be modified|must (?:start|remain|be passed)|invalid|signature)/,
        /invalid `?signature`?/,
      ),
    },
    { name: "refusal", reason: "content_policy", code: /^refusal$/ },
    { name: "filter", reason: "content_policy", text: /output blocked by content filtering/i },
    { name: "authentication", reason: "auth", code: /^authentication_error$/, vague: true },
    { name: "timeout", reason: "timeout", code: /^timeout_error$/ },
    { name: "internal", reason: "timeout", code: /^api_error$/, own: true, vague: true },
  ],
};
