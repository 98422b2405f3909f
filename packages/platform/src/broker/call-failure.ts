import { classifyError, type ErrorInput, errorInputOf } from "@cloison/fallback";
import type { RunUsage } from "../run/usage.ts";
import { FailedAttempt } from "./failed-attempt.ts";
import type { SeenHttp } from "./observed-fetch.ts";
import type { Redaction } from "./redaction.ts";

const MAX_WORDS_CHARS = 2000;

/** What is known of a call that failed. */
export interface FailedCall {
  readonly provider: string;
  /** pi-ai's words: mostly the status and the provider's own. */
  readonly words: string;
  readonly http: SeenHttp;
  readonly redaction: Redaction;
  readonly usage: RunUsage | undefined;
}

/** Says what a failed call means, bounded and without the key. */
export function failedAttempt({ provider, words, http, redaction, usage }: FailedCall): FailedAttempt {
  // A failure after "200 OK" is one of the stream; its status says nothing.
  const failed = http.status !== undefined && http.status < 300 ? {} : http;
  const status = failed.status ?? statusIn(words);
  if (status !== undefined && status >= 300 && status < 400) return redirected(failed, redaction, status);
  const message = redaction.text(words);
  const input: ErrorInput = {
    provider,
    status,
    code: errorInputOf(http.networkError).code,
    message,
    headers: failed.headers,
    body: failed.body,
  };
  const cause = http.networkError === undefined ? undefined : redaction.cause(http.networkError);
  const classification = classifyError(input);
  return new FailedAttempt({ words: shortened(message), classification, status, usage, cause });
}

/** Another model may do, at another address. */
function redirected({ headers }: SeenHttp, redaction: Redaction, status: number): FailedAttempt {
  const location = redaction.text(headers?.get("location") ?? "nowhere");
  return new FailedAttempt({
    words: shortened(
      `${status}, a redirect to ${location}, which is not followed: give that address as baseUrl`,
    ),
    classification: {
      reason: "model_not_found",
      retryable: false,
      scope: "model",
      confidence: 1,
      matched: "platform/redirect",
    },
    status,
  });
}

function shortened(text: string): string {
  return text.length > MAX_WORDS_CHARS ? `${text.slice(0, MAX_WORDS_CHARS)} …` : text;
}

/** Providers whose client takes no `fetch` of ours tell the status in words only: `429: {…}`, `(401):`, `"code":503`. */
function statusIn(text: string): number | undefined {
  const found = /^\s*([45]\d\d)\b|\(([45]\d\d)\)|"code"\s*:\s*([45]\d\d)\b/.exec(text);
  const digits = found?.[1] ?? found?.[2] ?? found?.[3];
  return digits === undefined ? undefined : Number(digits);
}
