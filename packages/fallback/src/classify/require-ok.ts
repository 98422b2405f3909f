import { HttpStatusError } from "../errors.ts";

/** Bytes of a body that are kept. */
const MAX_BODY = 65_536;

/**
 * Lets a response through whose status is 2xx, so that a chain's task can be `() => fetch(url).then(requireOk)`.
 *
 * @throws HttpStatusError for any other status, with the headers and at most the first 64 KiB of the body; the rest is
 * cancelled. A body that breaks off is kept as far as it came.
 */
export async function requireOk(response: Response): Promise<Response> {
  if (response.ok) return response;
  throw new HttpStatusError({
    status: response.status,
    headers: response.headers,
    body: await readStart(response.body),
  });
}

async function readStart(stream: ReadableStream<Uint8Array> | null): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // leaving the loop cancels the stream
    for await (const chunk of stream ?? []) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= MAX_BODY) break;
    }
  } catch {
    // the status is what matters; a connection that is cut here is no other error
  }
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, MAX_BODY));
}
