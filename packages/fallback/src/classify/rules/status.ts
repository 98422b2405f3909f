import type { RuleFamily } from "../rule.ts";

/** What a bare status says, when nothing else does (RFC 9110, and the statuses that providers have made up). */
export const statuses: RuleFamily = {
  name: "status",
  rules: [
    { name: "401", reason: "auth", status: [401, 403] },
    { name: "402", reason: "billing", status: [402] },
    { name: "404", reason: "model_not_found", status: [404, 410] },
    { name: "407", reason: "auth", status: [407, 451], scope: "provider" },
    { name: "408", reason: "timeout", status: [408, 409, 423, 424, 425, 444, 460, 499] },
    { name: "413", reason: "context_overflow", status: [413] },
    { name: "421", reason: "content_policy", status: [421] }, // Xiaomi MiMo
    { name: "429", reason: "rate_limit", status: [429, 420, 509] },
    { name: "498", reason: "overloaded", status: [498, 529] }, // Groq's flex tier; Anthropic
    { name: "5xx", reason: "timeout", status: ["5xx"] },
    { name: "4xx", reason: "format", status: ["4xx"] },
  ],
};
