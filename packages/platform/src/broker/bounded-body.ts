/** What one answer may come to; the most that today's models write is a third of it, in single tokens. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Clients gather a line, and copy what they have at each piece of it. The sandbox takes half of this. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024;

const NEWLINE = 0x0a;

/**
 * Hands on the body of an answer as long as it is one: a server that never ends it would fill the host's
 * memory, at the cost of all tenants.
 *
 * @param onExcess told why the stream ends with an error
 */
export function boundedBody(response: Response, onExcess: (why: string) => void): Response {
  if (response.body === null) return response;
  let bytes = 0;
  let line = 0;
  const bounded = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      const end = chunk.lastIndexOf(NEWLINE);
      line = end === -1 ? line + chunk.length : chunk.length - end - 1;
      bytes += chunk.length;
      const why =
        bytes > MAX_ANSWER_BYTES
          ? `an answer of more than ${MAX_ANSWER_BYTES} bytes`
          : line > MAX_LINE_BYTES
            ? `a line of more than ${MAX_LINE_BYTES} bytes`
            : undefined;
      if (why === undefined) return controller.enqueue(chunk);
      onExcess(why);
      controller.error(new RangeError(why));
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(bounded), { status, statusText, headers });
}
