/** The HTTP side of one model call, as seen from outside the provider's client. */
export interface ObservedFetch {
  readonly fetch: typeof globalThis.fetch;
  /** What the last request came to. */
  seen(): { status?: number; retryAfterMs?: number; networkError?: unknown };
}

/**
 * Wraps `fetch` to keep what pi-ai turns into text only: the status, `retry-after`, and the network's
 * own error.
 */
export function observeFetch(): ObservedFetch {
  let seen: { status?: number; retryAfterMs?: number; networkError?: unknown } = {};
  return {
    seen: () => seen,
    fetch: async (input, init) => {
      seen = {};
      try {
        const response = await fetch(input, init);
        const retryAfterMs = readRetryAfter(response.headers);
        seen = { status: response.status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
        return response;
      } catch (error) {
        seen = { networkError: error };
        throw error;
      }
    },
  };
}

/** `retry-after-ms` (OpenAI), or `retry-after` in seconds or as a date (RFC 9110, 10.2.3). */
function readRetryAfter(headers: Headers): number | undefined {
  const exact = Number.parseFloat(headers.get("retry-after-ms") ?? "");
  if (Number.isFinite(exact) && exact >= 0) return exact;
  const text = headers.get("retry-after") ?? "";
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
  if (seconds !== undefined) return seconds * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
