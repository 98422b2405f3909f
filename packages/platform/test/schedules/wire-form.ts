import type { ProtocolName } from "@cloison/testing";
import type { Message } from "@earendil-works/pi-ai";
import { openEndpoint } from "../../src/broker/endpoint.ts";

/** The body that a conversation would be sent as. Nothing is sent. */
export async function wireForm(protocol: ProtocolName, messages: readonly Message[]): Promise<unknown> {
  const endpoint = await openEndpoint({ provider: protocol, model: "m", baseUrl: "http://127.0.0.1:9/v1" });
  let body: unknown;
  const fetch = async (_url: unknown, init?: RequestInit): Promise<Response> => {
    body = JSON.parse(String(init?.body));
    throw new TypeError("not sent");
  };
  const context = { systemPrompt: "be brief", messages: [...messages] };
  const stream = endpoint.stream(context, { apiKey: "any", fetch, maxRetries: 0, cacheRetention: "short" });
  await stream.result();
  return body;
}
