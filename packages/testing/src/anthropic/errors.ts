import { STATUS_CODES } from "node:http";
import type { Refusal } from "../protocol.ts";

/** Error types and texts by status (platform.claude.com/docs/en/api/errors). */
const usual: Readonly<Record<number, { type: string; message: string }>> = {
  401: { type: "authentication_error", message: "invalid x-api-key" },
  402: { type: "billing_error", message: "Your credit balance is too low to access the Anthropic API." },
  403: {
    type: "permission_error",
    message: "Your API key does not have permission to use the specified resource.",
  },
  404: { type: "not_found_error", message: "The requested resource could not be found." },
  413: { type: "request_too_large", message: "Request exceeds the maximum size" },
  429: {
    type: "rate_limit_error",
    message: "This request would exceed your organization's rate limit of 50 requests per minute.",
  },
  500: { type: "api_error", message: "Internal server error" },
  504: { type: "timeout_error", message: "Request timed out" },
  529: { type: "overloaded_error", message: "Overloaded" },
};

export function anthropicErrorBody(refusal: Refusal, requestId: string): object {
  const known = usual[refusal.status];
  const type = known?.type ?? (refusal.status >= 500 ? "api_error" : "invalid_request_error");
  const message =
    refusal.message ?? known?.message ?? STATUS_CODES[refusal.status] ?? `HTTP ${refusal.status}`;
  return { type: "error", error: { type, message }, request_id: requestId };
}
