import type { IncomingMessage, ServerResponse } from "node:http";
import { ModelServerError } from "../errors.ts";
import { jsonOrText } from "../json-or-text.ts";
import type { Protocol, Refusal } from "../protocol.ts";
import { randomId } from "../random-id.ts";
import type { ModelReply } from "../reply.ts";
import type { ModelRequest } from "../request.ts";
import { resolveReply } from "../resolve-reply.ts";
import { readBody } from "./read-body.ts";
import type { OpenExchange, RecordStart } from "./record.ts";
import { type Line, pause, sendBody, sendStream, sendWhole } from "./transmit.ts";

/** What an exchange needs of its server. */
export interface ExchangeHost {
  ask(request: ModelRequest, signal: AbortSignal): Promise<ModelReply>;
  /** Opens the record of a request and tells the listeners. */
  record(
    incoming: IncomingMessage,
    response: ServerResponse,
    start: Omit<RecordStart, "index" | "isClosing">,
  ): OpenExchange;
  /** Keeps an error of the script for the test to see. */
  report(error: ModelServerError): void;
}

/** One HTTP request for a protocol. */
export interface ProtocolCall {
  readonly protocol: Protocol;
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly firstByteAt: number;
}

/** Serves one model request from its first byte to its last. Never rejects. */
export async function serveModelRequest(host: ExchangeHost, call: ProtocolCall): Promise<void> {
  const { protocol, incoming, response, firstByteAt } = call;
  const body = await readBody(incoming);
  if (body.kind === "aborted") return;
  if (body.kind === "tooLarge") {
    response.setHeader("connection", "close"); // what is left of the body is not read
    return refuse(openLine(call, undefined), protocol, { status: 413 });
  }
  const { request, refusal } = protocol.readRequest(jsonOrText(body.text), incoming.headers);
  const start = { request, refusal: refusal && (refusal.message ?? String(refusal.status)), firstByteAt };
  const line = openLine(call, host.record(incoming, response, start));
  if (refusal !== undefined) return refuse(line, protocol, refusal);
  try {
    const reply = await host.ask(request, line.signal);
    if (!line.signal.aborted) await sendReply(line, reply, { protocol, request, bytes: body.bytes });
  } catch (cause) {
    if (line.signal.aborted) return; // a script that stops because the client is gone does as it should
    const error = scriptError(cause);
    host.report(error);
    // 400 and not 500: a client's retries would only hide a mistake in the script, or wait for nothing.
    if (!response.headersSent)
      refuse(line, protocol, { status: 400, message: `Model server: ${error.message}` });
  }
}

/** What cannot be sent (a body that is no JSON, a bad header) is as much the script's mistake as a bad field. */
function scriptError(cause: unknown): ModelServerError {
  if (cause instanceof ModelServerError) return cause;
  const told = cause instanceof Error ? cause.message : String(cause);
  return new ModelServerError("MODEL_SERVER_REPLY", `The reply cannot be sent: ${told}`, { cause });
}

/** Answers with an error in the protocol's form. */
export function refuseCall(call: ProtocolCall, refusal: Refusal): void {
  refuse(openLine(call, undefined), call.protocol, refusal);
}

export function openLine({ protocol, response }: ProtocolCall, exchange: OpenExchange | undefined): Line {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  if (response.destroyed) gone.abort();
  return { response, exchange, headers: protocol.answerHeaders(randomId("req_", 24)), signal: gone.signal };
}

function refuse(line: Line, protocol: Protocol, refusal: Refusal): void {
  const isWorthRetrying = refusal.status === 429 || refusal.status >= 500;
  sendBody(line, refusal.status, protocol.errorBody(refusal, requestIdOf(line)), {
    "x-should-retry": String(isWorthRetrying),
  });
}

function requestIdOf({ headers }: Line): string {
  return headers["request-id"] ?? headers["x-request-id"] ?? "";
}

interface Asked {
  readonly protocol: Protocol;
  readonly request: ModelRequest;
  readonly bytes: number;
}

async function sendReply(line: Line, reply: ModelReply, { protocol, request, bytes }: Asked): Promise<void> {
  const { fault = {} } = reply;
  if (!(await pause(fault.delayFirstByteMs ?? 0, line.signal))) return;
  if (fault.hang) return; // nothing is sent; the client or close() ends the socket
  if (fault.status !== undefined) {
    const body = fault.body ?? protocol.errorBody({ status: fault.status }, requestIdOf(line));
    return sendBody(line, fault.status, body, lowerCaseNames(fault.headers ?? {}));
  }
  const resolved = resolveReply(reply, protocol, bytes);
  if (!request.stream) return sendWhole(line, protocol.wholeAnswer(resolved, request), fault);
  const events = protocol.streamAnswer(resolved, request);
  await sendStream(line, events, { fault, chunkDelayMs: reply.chunkDelayMs ?? 0 });
}

/** So that a header of the script replaces ours, however it is written. */
function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
