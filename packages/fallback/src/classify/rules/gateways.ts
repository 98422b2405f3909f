import { anyOf, type RuleFamily } from "../rule.ts";

/** Gateways and hosts of open models, each with what only it says. */
export const gateways: readonly RuleFamily[] = [
  {
    name: "openrouter",
    provider: /openrouter/,
    rules: [
      { name: "free-limit", reason: "rate_limit", text: /free-models-per-(?:day|min)/i },
      { name: "upstream-limit", reason: "rate_limit", text: /rate-limited upstream/i, scope: "model" },
      {
        name: "key-limit",
        reason: "billing",
        text: /key[^\n]{0,20} limit exceeded|budget limit exceeded|can only afford|requires more credits/i,
      },
      {
        name: "moderation",
        reason: "content_policy",
        status: [403],
        text: /flagged|moderation|can.?t help with/i,
      },
      {
        name: "no-endpoint",
        reason: "model_not_found",
        text: anyOf(
          /no (?:allowed |available )?(?:endpoints?|providers?)\b[^\n]{0,80}(?:found|available|match|support)/,
          /is not a valid model/,
        ),
      },
      {
        name: "no-user",
        reason: "auth",
        text: /user not found|no (?:cookie )?auth credentials found/i,
        own: true,
      },
    ],
  },
  {
    name: "groq",
    provider: /groq/,
    rules: [
      { name: "flex", reason: "overloaded", code: /^capacity_exceeded$/ },
      {
        name: "tokens-per-minute",
        reason: "rate_limit",
        status: [413],
        text: /per (?:minute|day|hour)|\bTP[MDH]\b/i,
      },
      { name: "tool-use", reason: "format", code: /^(?:tool_use_failed|json_validate_failed)$/ },
    ],
  },
  {
    name: "cerebras",
    provider: /cerebras/,
    rules: [
      {
        name: "no-body",
        reason: "context_overflow",
        text: /^4(?:00|13)\s*(?:status code)?\s*\(no body\)/i,
        own: true,
      },
      { name: "queue", reason: "overloaded", code: /^queue_exceeded$/ },
    ],
  },
  {
    name: "together",
    provider: /together/,
    rules: [
      { name: "spending", reason: "billing", text: /spending limit|credit limit/i, own: true },
      { name: "serverless", reason: "model_not_found", code: /^model_not_available$/ },
    ],
  },
  {
    name: "huggingface",
    provider: /hugging ?face|^hf/,
    rules: [
      { name: "included-credits", reason: "billing", text: /included credits/i },
      { name: "loading", reason: "overloaded", text: /model \S+ is currently loading|model too busy/i },
    ],
  },
  {
    name: "mistral",
    provider: /mistral/,
    rules: [
      { name: "capacity", reason: "overloaded", text: /service tier capacity exceeded/i },
      { name: "capacity-code", reason: "overloaded", code: /^(?:service_tier_capacity_exceeded|3505)$/ },
      { name: "limit-code", reason: "rate_limit", code: /^1300$/, own: true },
      { name: "model-code", reason: "model_not_found", code: /^1500$/, own: true },
      { name: "order-code", reason: "format", code: /^(?:3230|invalid_request_message_order)$/, own: true },
      { name: "subscription", reason: "billing", text: /inactive subscription/i },
    ],
  },
  {
    name: "xai",
    provider: /^x-?ai|grok/,
    rules: [
      {
        name: "no-credits",
        reason: "billing",
        text: /does ?n.t have any credits|used all available credits|monthly spending limit/i,
      },
      { name: "usage-guidelines", reason: "content_policy", text: /violates usage guidelines|SAFETY_CHECK/i },
      { name: "refusal", reason: "content_policy", status: [403], text: /can.?t help with (?:that|this)/i },
    ],
  },
  {
    name: "cohere",
    provider: /cohere/,
    rules: [{ name: "trial", reason: "rate_limit", text: /trial key/i, status: [429, "none"] }],
  },
  {
    name: "litellm",
    rules: [
      {
        name: "cooldown",
        reason: "rate_limit",
        text: /no deployments available|all credentials for model \S+ are cooling down/i,
      },
      { name: "cooldown-code", reason: "rate_limit", code: /^model_cooldown$/ },
      {
        name: "budget",
        reason: "billing",
        text: /(?:budget has been exceeded|exceeded budget|over budget|out of budget)/i,
      },
      { name: "context", reason: "context_overflow", code: /^context_window_exceeded_error$/ },
      { name: "content", reason: "content_policy", code: /^content_policy_violation_error$/ },
    ],
  },
  {
    name: "portkey",
    provider: /portkey/,
    rules: [
      { name: "budget", reason: "billing", status: [412], own: true },
      { name: "guardrail", reason: "content_policy", status: [446] },
    ],
  },
  {
    name: "opencode",
    rules: [{ name: "plan-window", reason: "rate_limit", code: /^(?:go|free)_usage_limit_error$/ }],
  },
  {
    name: "cloudflare",
    rules: [
      {
        name: "origin",
        reason: "timeout",
        status: [520, 521, 522, 523, 524, 525, 526, 530],
        scope: "provider",
      },
      {
        name: "rate-limited",
        reason: "rate_limit",
        text: /error(?: code:?)? 10(?:15|27)\b|you are being rate limited/i,
      },
      {
        name: "blocked",
        reason: "auth",
        status: [403, "none"],
        text: anyOf(
          /just a moment|attention required|sorry, you have been blocked/,
          /error(?: code:?)? 10(?:0[5-9]|1[0-2]|20)\b|access denied \|/,
        ),
        scope: "provider",
      },
    ],
  },
];
