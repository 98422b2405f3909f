import { boundedBody } from "./bounded-body.ts";
import { argumentMerger } from "./merged-arguments.ts";
import { pacedBody } from "./paced-body.ts";

/** The HTTP side of one model call, as seen from outside the provider's client. */
export interface ObservedFetch {
  readonly fetch: typeof globalThis.fetch;
  /** What the last request came to. */
  seen(): SeenHttp;
  /** Ends the answer that is being read: it cannot be used. @param why is seen as `excess` */
  refuse(why: string): void;
}

export interface SeenHttp {
  readonly status?: number;
  readonly headers?: Headers;
  /** Of an answer with another status than 2xx: its beginning. */
  readonly body?: string;
  /** Why the rest of an answer was not read. */
  readonly excess?: string;
  /** What the network said, where no answer came. */
  readonly networkError?: unknown;
}

/** Enough for every error that says something; a longer one is a page for people. */
const MAX_ERROR_BYTES = 64 * 1024;

/**
 * Wraps `fetch` to keep what pi-ai turns into text only: status, headers, the body of an error, and the
 * network's own error. An error's body goes on to the client as far as it is kept. A redirect is not
 * followed: `fetch` would take an `x-api-key` along to wherever it leads.
 */
export function observeFetch(inner: typeof globalThis.fetch): ObservedFetch {
  let seen: SeenHttp = {};
  let fail: ((error: Error) => void) | undefined;
  const refuse = (why: string) => {
    seen = { ...seen, excess: why };
    fail?.(new RangeError(why));
  };
  return {
    seen: () => seen,
    refuse,
    fetch: async (input, init) => {
      seen = {};
      try {
        const response = await inner(input, { ...init, redirect: "manual" });
        const { status, headers } = response;
        seen = { status, headers };
        if (status < 300) {
          const bounded = boundedBody(response, (excess) => {
            seen = { ...seen, excess };
          });
          if (bounded.body === null) return bounded;
          const paced = pacedBody(bounded.body, argumentMerger(refuse));
          fail = paced.fail;
          return new Response(paced.body, { status, statusText: response.statusText, headers });
        }
        const body = await readBeginning(response);
        seen = { status, headers, body };
        return new Response(body, { status, statusText: response.statusText, headers });
      } catch (error) {
        seen = { ...seen, networkError: error };
        throw error;
      }
    },
  };
}

async function readBeginning({ body }: Response): Promise<string> {
  if (body === null) return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    // Leaving the loop cancels the rest.
    if (bytes >= MAX_ERROR_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_ERROR_BYTES).toString("utf8");
}
