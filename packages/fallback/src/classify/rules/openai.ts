import { anyOf, exactly, type RuleFamily } from "../rule.ts";

// https://platform.openai.com/docs/guides/error-codes, Azure OpenAI's error codes, and what speaks their protocol
export const openai: RuleFamily = {
  name: "openai",
  provider: /openai|azure|codex|copilot|chatgpt/,
  rules: [
    {
      name: "overloaded",
      reason: "overloaded",
      code: exactly(
        /server_is_overloaded|engine_overloaded(?:_error)?|overloaded|model_overloaded/,
        /server_overloaded/,
      ),
    },
    {
      name: "allocated-quota",
      reason: "rate_limit",
      text: anyOf(
        /allocated quota exceeded|exceeded your current (?:request|token)s? (?:list|rate)/,
        /quota.{0,40}per (?:minute|second|day)/,
      ),
      loose: true,
    },
    {
      name: "insufficient-quota",
      reason: "billing",
      code: exactly(
        /insufficient_quota|credit_balance_exhausted/,
        /insufficient_(?:credits?|funds|balance|user_quota)|out_of_credits/,
      ),
    },
    {
      name: "billing",
      reason: "billing",
      code: exactly(
        /billing_(?:hard_limit_reached|not_active)|payment_(?:required|method_required)/,
        /account_balance_(?:low|exhausted)|usage_not_included|plan_expired|budget_exceeded/,
      ),
    },
    {
      name: "usage-limit",
      reason: "rate_limit",
      code: exactly(
        /usage_limit_(?:reached|exceeded)|tokens_usage_based/,
        /(?:hourly|daily|weekly|monthly)_\w*(?:count|limit|quota|allowance|requests|tokens)\w*/,
        /requests?_limit_exceeded|user_(?:global|model)_rate_limited/,
      ),
    },
    {
      name: "rate-limit",
      reason: "rate_limit",
      code: exactly(
        /rate_limit_exceeded(?:\..*)?|rate_limit_reached(?:_error)?|rate_limited/,
        /too_many_requests(?:_error)?|limit_exceeded/,
      ),
      vague: true,
    },
    { name: "slow-down", reason: "rate_limit", code: /^slow_down$/ },
    {
      name: "context-length",
      reason: "context_overflow",
      code: exactly(
        /context_length_exceeded|context_(?:window_)?(?:exceeded|overflow)/,
        /max_context_length_exceeded|exceed_context_size_error|prompt_too_long/,
        /model_max_prompt_tokens_exceeded|input_too_long|model_context_window_exceeded/,
      ),
    },
    { name: "string-length", reason: "format", code: /^(?:string|array)_(?:above|below)_m(?:ax|in)_length$/ },
    {
      name: "model",
      reason: "model_not_found",
      code: exactly(
        /model_not_(?:found|supported|available)|deployment_not_found/,
        /model_(?:is_)?(?:deactivated|decommissioned|deprecated|retired)|invalid_model/,
        /endpoint_not_found|unknown_model|no_such_model|unsupported_model/,
        /model_terms_required|operation_not_supported/,
      ),
    },
    {
      name: "content-policy",
      reason: "content_policy",
      code: exactly(
        /content_policy_violation|content_filter|moderation_blocked|content_filtered/,
        /responsible_ai_policy_violation|image_generation_user_error|cyber_policy_violation/,
        /safety_violation|prompt_blocked|sensitive_words_detected/,
      ),
    },
    {
      name: "flagged-prompt",
      reason: "content_policy",
      code: /^invalid_prompt$/,
      text: /flag|polic|safety|violat/i,
    },
    { name: "encrypted-content", reason: "format", code: /^invalid_encrypted_content$/ },
    {
      name: "deactivated",
      reason: "auth_permanent",
      code: exactly(
        /account_deactivated|deactivated_workspace/,
        /organization_(?:deactivated|restricted|disabled)/,
        /api_key_(?:revoked|disabled|deleted|expired)|key_(?:revoked|disabled|expired)/,
        /token_revoked|user_suspended|account_suspended|account_disabled/,
      ),
    },
    { name: "region", reason: "auth", code: /^unsupported_country_region_territory$/, scope: "provider" },
    {
      name: "key",
      reason: "auth",
      code: exactly(
        /(?:invalid|incorrect|missing|no)_(?:api_)?key(?:_error)?/,
        /invalid_(?:authentication|api_token|auth|authentication_error|token|credentials)(?:_error)?/,
        /missing_(?:scope|authorization)|token_expired|unauthorized|authentication_failed/,
      ),
      status: ["none", 400, 401, 403],
    },
    // a proxy that holds no account for it says so with 503
    { name: "no-account", reason: "auth", code: /^auth_unavailable$/ },
    {
      name: "server",
      reason: "timeout",
      code: exactly(
        /server_error|internal_server_error|upstream_(?:error|timeout)/,
        /bad_response_status_code|do_request_failed|bad_gateway|gateway_timeout/,
        /response_timeout|request_timeout|empty_response/,
      ),
      vague: true,
    },
    {
      name: "reasoning-item",
      reason: "format",
      text: anyOf(
        /item '?"?(?:rs|fc|msg)_\w+'?"? [^\n]{0,80}(?:without its required|could not be verified)/,
        /previous[_ ]response[^\n]{0,60}not found/,
      ),
    },
    { name: "verify-organization", reason: "model_not_found", text: /organization must be verified/i },
  ],
};
