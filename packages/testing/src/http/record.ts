import type { IncomingMessage, ServerResponse } from "node:http";
import type { ModelRequest, RecordedRequest, RequestEnd } from "../request.ts";

/** The server's own, changeable view of a {@link RecordedRequest}. */
type OpenRecord = { -readonly [Field in keyof RecordedRequest]: RecordedRequest[Field] };

/** What is known when a record is opened. */
export interface RecordStart {
  readonly request: ModelRequest;
  readonly index: number;
  readonly refusal: string | undefined;
  readonly firstByteAt: number;
  /** Asked at the end, to tell a closed server from a client that went away. */
  readonly isClosing: () => boolean;
}

/** A record, and whether a fault destroys the socket on purpose. */
export interface OpenExchange {
  readonly record: OpenRecord;
  isCut: boolean;
}

/** Opens the record of one exchange; it follows the response until that is closed. */
export function openExchange(
  incoming: IncomingMessage,
  response: ServerResponse,
  start: RecordStart,
): OpenExchange {
  const { promise, resolve } = Promise.withResolvers<RequestEnd>();
  const exchange: OpenExchange = { record: newRecord(incoming, start, promise), isCut: false };
  response.once("close", () => {
    const end = exchange.isCut ? "cut" : endOf(response, start.isClosing());
    exchange.record.aborted = end === "aborted";
    resolve(end);
  });
  return exchange;
}

function newRecord(incoming: IncomingMessage, start: RecordStart, ended: Promise<RequestEnd>): OpenRecord {
  return {
    ...start.request,
    index: start.index,
    path: incoming.url ?? "",
    headers: plainHeaders(incoming),
    firstByteAt: start.firstByteAt,
    answeredAt: undefined,
    status: undefined,
    chunksSent: 0,
    refusal: start.refusal,
    aborted: false,
    ended,
  };
}

function endOf(response: ServerResponse, isClosing: boolean): RequestEnd {
  if (response.writableFinished) return "answered";
  return isClosing ? "closed" : "aborted";
}

function plainHeaders(incoming: IncomingMessage): Record<string, string> {
  const entries = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]);
  return Object.fromEntries(entries);
}
