import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { ModelServerError } from "../errors.ts";
import type { SseEvent } from "../protocol.ts";
import type { ModelFault } from "../reply.ts";
import type { OpenExchange } from "./record.ts";

/** Where an answer goes, and what watches it go. */
export interface Line {
  readonly response: ServerResponse;
  readonly exchange: OpenExchange | undefined;
  /** Headers that every answer of this exchange has. */
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted when the socket is gone. Everything here then ends quietly. */
  readonly signal: AbortSignal;
}

export interface StreamPace {
  readonly fault: ModelFault;
  readonly chunkDelayMs: number;
}

/** Waits, and says whether the client is still there afterwards. */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  if (ms > 0) await wait(ms, undefined, { signal }).catch(() => undefined); // it rejects by abort only
  return !signal.aborted;
}

/** Writes status and headers now; they leave with the first bytes of the body. */
function startAnswer(line: Line, status: number, headers: Readonly<Record<string, string>>): void {
  if (line.exchange !== undefined) {
    line.exchange.record.status = status;
    line.exchange.record.answeredAt = performance.now();
  }
  line.response.writeHead(status, { ...line.headers, ...headers });
}

export function sendBody(
  line: Line,
  status: number,
  body: string | object,
  headers: Readonly<Record<string, string>> = {},
): void {
  const isText = typeof body === "string";
  const content = Buffer.from(isText ? body : JSON.stringify(body));
  const type = isText ? "text/plain; charset=utf-8" : "application/json";
  startAnswer(line, status, { "content-type": type, "content-length": String(content.length), ...headers });
  line.response.end(content);
}

/** Sends a JSON answer whole, or half of it when a fault says so. */
export function sendWhole(line: Line, answer: object, fault: ModelFault): void {
  const text = JSON.stringify(answer);
  const half = text.slice(0, Math.floor(text.length / 2));
  if (fault.cutAfterChunks !== undefined) {
    const length = String(Buffer.byteLength(text));
    startAnswer(line, 200, { "content-type": "application/json", "content-length": length });
    line.response.write(half);
    cut(line);
  } else if (fault.malformedChunkAt !== undefined) {
    sendBody(line, 200, half, { "content-type": "application/json" });
  } else {
    sendBody(line, 200, answer);
  }
}

/**
 * Sends the events of a stream one by one.
 *
 * @throws ModelServerError `MODEL_SERVER_REPLY`, before anything is sent, when a fault lies behind the end.
 */
export async function sendStream(line: Line, events: readonly SseEvent[], pace: StreamPace): Promise<void> {
  const { cutAfterChunks, malformedChunkAt } = pace.fault;
  const total = events.filter((event) => !event.isPing).length;
  requireWithin("cutAfterChunks", cutAfterChunks, total);
  requireWithin("malformedChunkAt", malformedChunkAt, total - 1);
  startAnswer(line, 200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
  let sent = 0;
  for (const event of events) {
    if (sent === cutAfterChunks) break;
    if (sent > 0 && !(await pause(pace.chunkDelayMs, line.signal))) return;
    const hasRoom = line.response.write(frame(event, !event.isPing && sent === malformedChunkAt));
    if (!event.isPing) sent += 1;
    if (line.exchange !== undefined) line.exchange.record.chunksSent = sent;
    if (!hasRoom && !(await drained(line))) return;
  }
  if (cutAfterChunks === undefined) line.response.end();
  else cut(line);
}

function requireWithin(name: string, value: number | undefined, most: number): void {
  if (value === undefined || value <= most) return;
  const message = `reply.fault.${name} is ${value}, but this answer allows at most ${most}: the fault could not take place. Lower it or make the answer longer.`;
  throw new ModelServerError("MODEL_SERVER_REPLY", message);
}

function frame({ event, data }: SseEvent, isBroken: boolean): string {
  const sent = isBroken ? data.slice(0, Math.ceil(data.length / 2)) : data;
  return `${event === undefined ? "" : `event: ${event}\n`}data: ${sent}\n\n`;
}

async function drained({ response, signal }: Line): Promise<boolean> {
  await once(response, "drain", { signal }).catch(() => undefined); // it rejects by abort only
  return !signal.aborted;
}

/** Ends the socket after what was written and before the answer is complete, as a dying proxy does. */
function cut({ response, exchange }: Line): void {
  if (exchange !== undefined) exchange.isCut = true;
  response.flushHeaders();
  response.socket?.destroySoon();
}
