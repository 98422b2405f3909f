import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { ModelServerError } from "./errors.ts";
import { createRouter } from "./http/router.ts";
import { type ModelServerOptions, parseOptions } from "./options.ts";
import type { ProtocolName, RecordedRequest } from "./request.ts";
import { createRequestLog, type RequestListener } from "./request-log.ts";
import { createAskScript } from "./script.ts";

/** A running model server. */
export interface ModelServer extends AsyncDisposable {
  /** Where it listens, such as `http://127.0.0.1:40123`. */
  readonly url: string;
  /** What a client of each provider takes as its base URL: OpenAI's ends in `/v1`, Anthropic's does not. */
  readonly baseUrls: Readonly<Record<ProtocolName, string>>;
  /** Model requests in order of arrival, refused ones included. */
  readonly requests: readonly RecordedRequest[];
  /** Mistakes of the script and of listeners. A test should expect this to be empty. */
  readonly errors: readonly ModelServerError[];
  /** Calls the listener with each model request before it is answered. Returns the way to stop that. */
  onRequest(listener: RequestListener): () => void;
  /** Stops listening and destroys all sockets at once. Resolves when the port is free; may be called again. */
  close(): Promise<void>;
}

/** Enough for every agent of a load test to connect in the same instant. */
const backlog = 4096;

/**
 * Starts an HTTP server that speaks OpenAI chat completions and Anthropic messages and answers from a script.
 *
 * @throws ModelServerError `MODEL_SERVER_OPTIONS` for unknown or unusable options and steps,
 * `MODEL_SERVER_LISTEN` when the address cannot be listened on.
 */
export async function startModelServer(options: ModelServerOptions): Promise<ModelServer> {
  const { script, host, port, models, keepRequests } = parseOptions(options);
  let closing: Promise<void> | undefined;
  const log = createRequestLog(createAskScript(script), keepRequests, () => closing !== undefined);
  const http = createServer({ keepAliveTimeout: 0 }, createRouter(log, models));
  await listen(http, host, port);
  const url = `http://${urlHost(host)}:${portOf(http)}`;
  const close = () => {
    closing ??= closeServer(http);
    return closing;
  };
  return {
    url,
    baseUrls: { openai: `${url}/v1`, anthropic: url },
    requests: log.requests,
    errors: log.errors,
    onRequest: log.onRequest,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function listen(http: Server, host: string, port: number): Promise<void> {
  try {
    http.listen({ host, port, backlog });
    await once(http, "listening");
  } catch (cause) {
    const told = cause instanceof Error ? cause.message : String(cause);
    const message = `Cannot listen on ${host}, port ${port}: ${told}. Leave port out to get a free one.`;
    throw new ModelServerError("MODEL_SERVER_LISTEN", message, { cause });
  }
}

function closeServer(http: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  http.close(() => resolve());
  http.closeAllConnections();
  return promise;
}

function portOf(http: Server): number {
  const address = http.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function urlHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
