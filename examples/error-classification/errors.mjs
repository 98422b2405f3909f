// Errors as they come: from a client with all it knows, as text only, through gateways, in several languages.

/** @type {readonly (readonly [title: string, input: import("@cloison/fallback").ErrorInput])[]} */
export const errors = [
  [
    "a limit per minute",
    {
      provider: "openai",
      status: 429,
      message: "Rate limit reached on tokens per min (TPM): Limit 30000. Please try again in 1.5s.",
    },
  ],
  [
    "a limit of Google, in its body",
    { message: '{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"35s"}]}}' },
  ],
  [
    "a limit of Anthropic, in its headers",
    { provider: "anthropic", status: 429, headers: { "retry-after": "12" } },
  ],
  [
    "throttling, as pi says it",
    { message: "Throttling error: Too many tokens, please wait before trying again." },
  ],
  [
    "too large for a minute, not for the model",
    {
      provider: "groq",
      status: 413,
      message: "Request too large on tokens per minute (TPM): Limit 6000, Requested 7200",
    },
  ],
  [
    "402 for a window of a plan",
    { status: 402, message: "Usage limit reached. Your quota resets in 3 hours." },
  ],
  [
    "402 for money",
    { status: 402, message: "This request requires more credits. You can only afford 1421 tokens." },
  ],
  [
    "429 for money",
    {
      status: 429,
      body: { error: { code: "insufficient_quota", message: "You exceeded your current quota" } },
    },
  ],
  [
    "no money, with status 400",
    { provider: "anthropic", status: 400, message: "Your credit balance is too low to access the API." },
  ],
  [
    "no money, by a number",
    { provider: "minimax", body: { base_resp: { status_code: 1008, status_msg: "insufficient balance" } } },
  ],
  ["no money, in Chinese", { message: "账户余额不足，请充值后重试" }],
  ["a key that is wrong", { status: 401, message: "Incorrect API key provided" }],
  ["a key that is wrong, as pi says it", { message: 'Mistral API error (401): {"message":"Unauthorized"}' }],
  [
    "a token to refresh",
    { status: 401, message: "OAuth token has expired. Please refresh your existing token." },
  ],
  ["a key for good", { status: 403, message: "This API key was revoked" }],
  ["an organization for good", { status: 400, message: "This organization has been disabled." }],
  ["a country that is not served", { status: 403, code: "unsupported_country_region_territory" }],
  [
    "too many requests for the provider",
    { message: '529 {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}' },
  ],
  ["the same with status 429", { status: 429, message: "The service may be temporarily overloaded" }],
  ["the same in German", { message: "Der Server ist derzeit überlastet." }],
  [
    "a connection that nobody takes",
    { code: "ECONNREFUSED", message: "connect ECONNREFUSED 127.0.0.1:11434" },
  ],
  ["a stream that broke", { message: "terminated" }],
  [
    "a gateway's page",
    { message: "<html><head><title>502 Bad Gateway</title></head><body>rate limit, billing</body></html>" },
  ],
  [
    "Cloudflare without an origin",
    { status: 522, body: "<!DOCTYPE html><title>Connection timed out</title>" },
  ],
  ["a prompt that is too long", { message: "400 prompt is too long: 210001 tokens > 200000 maximum" }],
  [
    "the same in a gateway's JSON in JSON",
    { status: 400, body: { error: { metadata: { raw: '{"error":{"code":"context_length_exceeded"}}' } } } },
  ],
  ["the same in Russian", { message: "Превышена максимальная длина контекста" }],
  [
    "an answer that may not be that long",
    {
      status: 400,
      message: "max_tokens is too large: 50000. This model supports at most 16384 completion tokens",
    },
  ],
  [
    "a model that is not there",
    { status: 404, message: "The model `gpt-17` does not exist or you do not have access to it" },
  ],
  ["a model that is no more", { status: 400, code: "model_decommissioned" }],
  [
    "a tool call without a result",
    { status: 400, message: "`tool_use` ids were found without `tool_result` blocks" },
  ],
  ["a schema that is wrong", { status: 400, message: "Invalid schema for function 'search'" }],
  ["what may not be said", { status: 400, body: { error: { code: "content_filter" } } }],
  ["what was not said", { message: "Unhandled stop reason: SAFETY" }],
  ["no error at all", { message: "processed 402 records" }],
  ["talk about errors", { message: "Let's investigate the context overflow bug" }],
];
