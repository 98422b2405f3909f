import { exactly, type RuleFamily } from "../rule.ts";

/** Chinese providers: their code numbers, by name only, and their words. */
export const chinese: readonly RuleFamily[] = [
  {
    name: "zai", // https://docs.z.ai/api-reference/api-code
    provider: /z\.?ai|zhipu|bigmodel|glm/,
    rules: [
      { name: "account", reason: "auth_permanent", code: /^(?:1110|1111|1112|1121)$/, own: true },
      { name: "arrears", reason: "billing", code: /^(?:1113|1309)$/, own: true },
      { name: "plan", reason: "billing", code: /^1311$/, own: true, scope: "model" },
      { name: "auth", reason: "auth", code: /^(?:1000|1001|1002|1003|1004|1220)$/, own: true },
      { name: "model", reason: "model_not_found", code: /^(?:1211|1221|1222)$/, own: true },
      { name: "too-long", reason: "context_overflow", code: /^1261$/, own: true },
      {
        name: "parameter",
        reason: "format",
        code: /^(?:1210|1212|1213|1214|1215)$/,
        not: /\btokens?\b|context|too long/i, // then the words tell which limit it was
        own: true,
      },
      { name: "content", reason: "content_policy", code: /^(?:1300|1301)$/, own: true },
      { name: "busy", reason: "overloaded", code: /^(?:1305|1312)$/, own: true },
      { name: "limit", reason: "rate_limit", code: /^(?:1302|1303|1304|1308|1310|1313)$/, own: true },
      { name: "server", reason: "timeout", code: /^(?:500|1120|1200|1230|1234)$/, own: true },
    ],
  },
  {
    name: "minimax", // https://platform.minimax.io/docs/api-reference/errorcode
    provider: /minimax/,
    rules: [
      {
        name: "too-long",
        reason: "context_overflow",
        text: /context window exceeds|tokens? exceeds/i,
        own: true,
      },
      { name: "balance", reason: "billing", code: /^1008$/, own: true },
      { name: "plan", reason: "billing", code: /^2061$/, own: true, scope: "model" },
      { name: "limit", reason: "rate_limit", code: /^(?:1002|1039|1041|2045|2056)$/, own: true },
      { name: "auth", reason: "auth", code: /^(?:1004|2049)$/, own: true },
      { name: "content", reason: "content_policy", code: /^(?:1026|1027)$/, own: true },
      { name: "parameter", reason: "format", code: /^(?:1042|2013)$/, own: true },
      { name: "server", reason: "timeout", code: /^(?:1000|1001|1013|1024|1033)$/, own: true },
    ],
  },
  {
    name: "qwen", // https://help.aliyun.com/zh/model-studio/developer-reference/error-code
    provider: /dashscope|qwen|bailian|alibaba|aliyun|modelstudio|model-studio/,
    rules: [
      {
        name: "quota-window",
        reason: "rate_limit",
        code: /^(?:insufficient_quota|limit_requests|throttling)/,
        own: true,
        not: /free (?:tier|quota)|arrear|balance|overdue/i,
      },
      { name: "throttling", reason: "rate_limit", code: /^throttling(?:\.|$)/ },
      { name: "arrears", reason: "billing", code: /^(?:arrearage|allocation_quota\.free_tier_only)$/ },
      { name: "inspection", reason: "content_policy", code: /(?:^|\.)data_?inspection_?failed$/ },
      {
        name: "unpurchased",
        reason: "model_not_found",
        code: /^(?:access_denied\.unpurchased|model\.access_denied|model_not_found|model_not_exist)$/,
      },
      { name: "too-long", reason: "context_overflow", text: /range of input length/i },
      { name: "key", reason: "auth", code: /^(?:invalid_api_key|access_denied)$/ },
      {
        name: "serving",
        reason: "timeout",
        code: exactly(
          /request_time_out|internal_error(?:\.\w+)?|model_serving_error|model_unavailable/,
          /system_error/,
        ),
        vague: true,
      },
      {
        name: "parameter",
        reason: "format",
        code: /^(?:invalid_parameter(?:\.\w+)*|bad_request\.\w+|invalid_url|unsupported_operation)$/,
        own: true,
      },
    ],
  },
  {
    name: "moonshot", // https://platform.kimi.ai/docs/api/errors
    provider: /moonshot|kimi/,
    rules: [
      { name: "suspended", reason: "billing", code: /^exceeded_current_quota_error$/ },
      { name: "membership", reason: "billing", text: /membership benefits?/i },
      {
        name: "cycle",
        reason: "rate_limit",
        text: /usage limit for this (?:billing cycle|period)|monthly usage limit/i,
      },
      { name: "terminated", reason: "auth_permanent", text: /access terminated/i, own: true },
      { name: "high-risk", reason: "content_policy", text: /considered high risk/i },
      { name: "message-size", reason: "context_overflow", text: /total message size[^\n]{0,30}exceeds/i },
      { name: "model", reason: "model_not_found", code: /^resource_not_found_error$/ },
    ],
  },
  {
    name: "deepseek", // https://api-docs.deepseek.com/quick_start/error_codes
    provider: /deepseek/,
    rules: [
      { name: "risk", reason: "content_policy", text: /content exists risk/i },
      { name: "model", reason: "model_not_found", text: /model not exist/i },
    ],
  },
  {
    name: "volcengine", // https://www.volcengine.com/docs/82379/1299023
    provider: /volc|doubao|byteplus|\bark\b/,
    rules: [
      {
        name: "overdue",
        reason: "billing",
        code: /^(?:account_overdue_error|operation_denied\.service_overdue|quota_exceeded)$/,
      },
      {
        name: "not-open",
        reason: "model_not_found",
        code: exactly(
          /model_not_open|invalid_endpoint_or_model\b.*|invalid_endpoint\..*/,
          /operation_denied\.service_not_open|unsupported_model/,
        ),
      },
      {
        name: "limit",
        reason: "rate_limit",
        code: exactly(
          /rate_limit_exceeded\..*|set_limit_exceeded|account_rate_limit_exceeded/,
          /inflight_batchsize_exceeded|model_account_\w+_limit_exceeded/,
        ),
      },
      { name: "overloaded", reason: "overloaded", code: /^server_overloaded$/ },
      { name: "sensitive", reason: "content_policy", code: /sensitive_?content_?detected/ },
      { name: "server", reason: "timeout", code: /^internal_service_error$/ },
    ],
  },
  {
    name: "siliconflow",
    provider: /siliconflow|siliconcloud/,
    rules: [
      { name: "balance", reason: "billing", code: /^30001$/, own: true },
      { name: "model", reason: "model_not_found", code: /^(?:20012|30003)$/, own: true },
      { name: "busy", reason: "overloaded", code: /^50(?:505|603)$/, own: true },
    ],
  },
];
