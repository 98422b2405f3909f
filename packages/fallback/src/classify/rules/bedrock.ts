import { anyOf, exactly, type RuleFamily } from "../rule.ts";

// https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html; pi says the same with a
// prefix for people: `Throttling error: …`, `Validation error: …`
const INPUT_TOO_LONG =
  /(?:input|prompt)[^\n]{0,60}too (?:long|large)|exceeds? (?:the )?(?:maximum|max|model)[^\n]{0,40}(?:tokens|length|context)|too many (?:input )?tokens(?![^\n]{0,30}(?:per|wait))|prompt tokens[^\n]{0,30}exceed|input length and/i;

export const bedrock: RuleFamily = {
  name: "bedrock",
  provider: /bedrock|amazon|aws|sagemaker/,
  rules: [
    { name: "payment", reason: "billing", text: /invalid_payment_instrument|payment instrument/i },
    {
      name: "throttling",
      reason: "rate_limit",
      code: exactly(
        /throttling(?:_exception)?|throttled_exception/,
        /provisioned_throughput_exceeded_exception|service_quota_exceeded_exception/,
        /request_limit_exceeded|too_many_requests_exception|limit_exceeded_exception/,
      ),
    },
    {
      name: "throttling-words",
      reason: "rate_limit",
      text: /^throttling error:|too many tokens(?: per (?!request|call|prompt|message)|, please wait)|too many (?:concurrent )?requests/i,
      not: /overloaded/i,
    },
    { name: "not-ready", reason: "overloaded", code: /^model_not_ready_exception$/ },
    { name: "busy", reason: "overloaded", text: /too many connections|model is not ready/i },
    {
      name: "too-long",
      reason: "context_overflow",
      code: exactly(
        /validation_(?:exception|error)|model_stream_error_exception|model_error_exception/,
        /invalid_request_error/,
      ),
      text: INPUT_TOO_LONG,
    },
    {
      name: "too-long-words",
      reason: "context_overflow",
      text: new RegExp(`^(?:validation|model stream) error:[^\\n]{0,200}(?:${INPUT_TOO_LONG.source})`, "i"),
    },
    {
      name: "no-access",
      reason: "model_not_found",
      text: anyOf(
        /don'?t have access to the model|model access is denied|use case details/,
        /access to (?:this|the) model/,
      ),
    },
    {
      name: "model",
      reason: "model_not_found",
      text: anyOf(
        /model identifier is invalid|on-demand throughput isn.?t supported/,
        /model version[^\n]{0,30}end of (?:its )?life|could not resolve the foundation model/,
        /marked by provider as legacy/,
        /inference profile[^\n]{0,60}(?:not found|does ?n.t exist|invalid)/,
      ),
    },
    { name: "not-found", reason: "model_not_found", code: /^resource_not_found_exception$/ },
    {
      name: "model-timeout",
      reason: "timeout",
      code: exactly(
        /model_timeout_exception|model_error_exception|model_stream_error_exception/,
        /internal_server_exception|internal_failure|service_unavailable_exception/,
        /service_unavailable/,
      ),
      vague: true,
    },
    {
      name: "model-timeout-words",
      reason: "timeout",
      text: /^(?:internal server|model stream) error:|^service unavailable:/i,
      vague: true,
    },
    {
      name: "token",
      reason: "auth",
      code: exactly(
        /expired_token(?:_exception)?|unrecognized_client_exception/,
        /invalid_signature_exception|missing_authentication_token(?:_exception)?/,
        /incomplete_signature(?:_exception)?|credentials_provider_error/,
        /access_denied_exception|not_authorized|access_denied/,
      ),
    },
    { name: "guardrail", reason: "content_policy", code: /^(?:guardrail_intervened|content_filtered)$/ },
    { name: "validation", reason: "format", code: /^validation_exception$/, not: /rate|quota/i },
    { name: "validation-words", reason: "format", text: /^validation error:/i },
  ],
};
