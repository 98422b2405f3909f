import { STATUS_CODES } from "node:http";
import type { Refusal } from "../protocol.ts";

interface UsualError {
  readonly message: string;
  readonly type: string;
  readonly code: string | null;
}

/** What api.openai.com says with each status (platform.openai.com/docs/guides/error-codes). */
const usual: Readonly<Record<number, UsualError>> = {
  401: {
    message:
      "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.",
    type: "invalid_request_error",
    code: "invalid_api_key",
  },
  403: {
    message: "Country, region, or territory not supported",
    type: "request_forbidden",
    code: "unsupported_country_region_territory",
  },
  404: {
    message: "The requested model does not exist or you do not have access to it.",
    type: "invalid_request_error",
    code: "model_not_found",
  },
  429: {
    message:
      "Rate limit reached on requests per min (RPM): Limit 3, Used 3, Requested 1. Visit https://platform.openai.com/account/rate-limits to learn more.",
    type: "requests",
    code: "rate_limit_exceeded",
  },
  500: {
    message: "The server had an error while processing your request. Sorry about that!",
    type: "server_error",
    code: null,
  },
  503: {
    message:
      "The server is currently overloaded with other requests. Sorry about that! Please try again later.",
    type: "server_error",
    code: null,
  },
};

export const missingKeyMessage =
  "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY). You can obtain an API key from https://platform.openai.com/account/api-keys.";

export function openAiErrorBody(refusal: Refusal): object {
  const known = usual[refusal.status];
  const type = known?.type ?? (refusal.status >= 500 ? "server_error" : "invalid_request_error");
  return {
    error: {
      message: refusal.message ?? known?.message ?? STATUS_CODES[refusal.status] ?? `HTTP ${refusal.status}`,
      type,
      param: refusal.param ?? null,
      // A message of our own is about something else than the usual code says.
      code: refusal.code ?? (refusal.message === undefined ? (known?.code ?? null) : null),
    },
  };
}
