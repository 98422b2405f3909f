import type { IncomingHttpHeaders, RequestListener } from "node:http";
import { performance } from "node:perf_hooks";
import { protocols } from "../check-conversation.ts";
import type { Protocol } from "../protocol.ts";
import { type ExchangeHost, openLine, type ProtocolCall, refuseCall, serveModelRequest } from "./exchange.ts";
import { sendBody } from "./transmit.ts";

const modelsPath = "/v1/models";

/** Sends each HTTP request to what answers it. */
export function createRouter(host: ExchangeHost, models: readonly string[]): RequestListener {
  return (incoming, response) => {
    const firstByteAt = performance.now();
    const path = incoming.url?.split("?", 1)[0] ?? "";
    const owner = Object.values(protocols).find((protocol) => protocol.path === path);
    const call = { protocol: owner ?? likelyProtocol(incoming.headers), incoming, response, firstByteAt };
    if (owner !== undefined && incoming.method === "POST") {
      void serveModelRequest(host, call); // it never rejects
    } else if (path === modelsPath && incoming.method === "GET") {
      listModels(call, models);
    } else if (owner !== undefined || path === modelsPath) {
      const message = `Not allowed to ${incoming.method} on ${path}. (HINT: Perhaps you meant to use a different HTTP method?)`;
      refuseCall(call, { status: 405, message });
    } else {
      const message = `Invalid URL (${incoming.method} ${path}). This server has POST /v1/chat/completions, POST /v1/messages and GET /v1/models.`;
      refuseCall(call, { status: 404, message });
    }
  };
}

function listModels(call: ProtocolCall, models: readonly string[]): void {
  const { protocol, incoming } = call;
  if (protocol.readApiKey(incoming.headers) === undefined) refuseCall(call, { status: 401 });
  else sendBody(openLine(call, undefined), 200, protocol.modelList(models));
}

/** Both providers have `/v1/models` and answer unknown paths; their clients differ by these headers. */
function likelyProtocol(headers: IncomingHttpHeaders): Protocol {
  const isAnthropic = headers["anthropic-version"] !== undefined || headers["x-api-key"] !== undefined;
  return isAnthropic ? protocols.anthropic : protocols.openai;
}
