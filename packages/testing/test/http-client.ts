import type { ModelServer, ProtocolName, RecordedRequest } from "../src/index.ts";

/** One server-sent event as it came over the wire. */
export interface WireEvent {
  event: string | undefined;
  /** Parsed, or the text when it is not JSON. */
  data: unknown;
}

const paths = { openai: "/v1/chat/completions", anthropic: "/v1/messages" };
const keys: Record<ProtocolName, Record<string, string>> = {
  openai: { authorization: "Bearer test-key" },
  anthropic: { "x-api-key": "test-key", "anthropic-version": "2023-06-01" },
};

export interface PostOptions {
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Sends a body as it is, with a key unless other headers are given. */
export function postRaw(
  server: ModelServer,
  protocol: ProtocolName,
  body: string,
  options: PostOptions = {},
): Promise<Response> {
  const headers = { "content-type": "application/json", ...(options.headers ?? keys[protocol]) };
  const signal = options.signal ?? null;
  return fetch(server.url + paths[protocol], { method: "POST", body, headers, signal });
}

/** Sends a request with the fields that the protocol demands; `fields` add to them or replace them. */
export function post(
  server: ModelServer,
  protocol: ProtocolName,
  fields: object = {},
  options: PostOptions = {},
): Promise<Response> {
  const demanded = protocol === "anthropic" ? { max_tokens: 100 } : {};
  const body = { model: "m", messages: [{ role: "user", content: "hi" }], ...demanded, ...fields };
  return postRaw(server, protocol, JSON.stringify(body), options);
}

/** Splits a stream into its events; throws when the framing is not that of the providers. */
export function parseEvents(text: string): WireEvent[] {
  const frames = text.split("\n\n");
  if (frames.pop() !== "") throw new SyntaxError("the stream does not end with an empty line");
  return frames.map((frame) => {
    const match = /^(?:event: (?<event>\w+)\n)?data: (?<data>[^\n]*)$/.exec(frame);
    if (match?.groups === undefined) throw new SyntaxError(`not an event: ${frame}`);
    return { event: match.groups.event, data: jsonOrText(match.groups.data ?? "") };
  });
}

/** Resolves with the next model request that reaches the server. */
export function nextRequest(server: ModelServer): Promise<RecordedRequest> {
  const { promise, resolve } = Promise.withResolvers<RecordedRequest>();
  const stop = server.onRequest((request) => {
    stop();
    resolve(request);
  });
  return promise;
}

/** The body of an error in either protocol. */
export async function errorOf(response: Response): Promise<Record<string, unknown>> {
  const body = await response.json();
  if (typeof body !== "object" || body === null || !("error" in body))
    throw new SyntaxError("no error in the body");
  return { ...(body.error as object) };
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
