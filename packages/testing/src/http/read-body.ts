import type { IncomingMessage } from "node:http";

/** Anthropic's limit for the messages API (platform.claude.com/docs/en/api/errors). */
const maxBodyBytes = 32 * 1024 * 1024;

/** How much of a body that is too large is read and thrown away, so that the client can read the answer. */
const maxDiscardedBytes = 4 * maxBodyBytes;

export type Body =
  | { readonly kind: "whole"; readonly text: string; readonly bytes: number }
  | { readonly kind: "tooLarge" }
  | { readonly kind: "aborted" };

/** Reads a request's body, holding at most {@link maxBodyBytes} of it. Never rejects. */
export function readBody(request: IncomingMessage): Promise<Body> {
  const { promise, resolve } = Promise.withResolvers<Body>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
    else chunks.length = 0;
    if (bytes > maxDiscardedBytes) {
      request.pause();
      resolve({ kind: "tooLarge" });
    }
  });
  request.on("end", () => {
    const text = Buffer.concat(chunks).toString("utf8");
    resolve(bytes > maxBodyBytes ? { kind: "tooLarge" } : { kind: "whole", text, bytes });
  });
  request.on("error", () => resolve({ kind: "aborted" }));
  request.on("close", () => resolve({ kind: "aborted" }));
  return promise;
}
