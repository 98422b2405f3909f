import { ModelCallError } from "../errors/model-errors.ts";
import type { ObservedFetch } from "./observed-fetch.ts";
import type { Redaction } from "./redaction.ts";

const MAX_REASON_CHARS = 2000;

/** What is known of a call that failed. */
export interface FailedCall {
  readonly provider: string;
  readonly model: string;
  /** pi-ai's words: mostly the status and the provider's own. */
  readonly reason: string;
  readonly http: ObservedFetch;
  readonly redaction: Redaction;
}

/** Makes the error of a failed call: bounded, without the key, and with what to do about it. */
export function createCallError(failed: FailedCall): ModelCallError {
  const { provider, model, http, redaction } = failed;
  const { status: seen, retryAfterMs, networkError } = http.seen();
  // A failure after "200 OK" is one of the stream; its status says nothing.
  const status = seen === undefined ? statusIn(failed.reason) : seen >= 400 ? seen : undefined;
  const cause = networkError === undefined ? undefined : redaction.cause(networkError);
  const words = redaction.text(failed.reason);
  const reason = words.length > MAX_REASON_CHARS ? `${words.slice(0, MAX_REASON_CHARS)} …` : words;
  const advice = networkError === undefined ? adviceFor(status, retryAfterMs) : UNREACHABLE;
  return new ModelCallError(`${reason} (${advice})`, { provider, model, status, retryAfterMs, cause });
}

const UNREACHABLE = "the provider cannot be reached: check the network and the baseUrl";

function adviceFor(status: number | undefined, retryAfterMs: number | undefined): string {
  if (status === 401 || status === 403) return "the provider refuses the key: check it, and what it may use";
  if (status === 404) return "check the model's name and the baseUrl";
  if (status === 429) {
    const wait = retryAfterMs === undefined ? "a while" : `${Math.ceil(retryAfterMs / 1000)} s`;
    return `the key's limit is reached: wait ${wait} or use another`;
  }
  if (status !== undefined && status >= 500) return "the provider is in trouble: run again later";
  if (status !== undefined) return "the provider refuses the request: see its words";
  return "the answer broke off or made no sense: run again";
}

/** Providers whose client takes no `fetch` of ours tell the status in words only: `429: {…}`, `(401):`, `"code":503`. */
function statusIn(text: string): number | undefined {
  const found = /^\s*([45]\d\d)\b|\(([45]\d\d)\)|"code"\s*:\s*([45]\d\d)\b/.exec(text);
  const digits = found?.[1] ?? found?.[2] ?? found?.[3];
  return digits === undefined ? undefined : Number(digits);
}
