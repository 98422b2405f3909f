import { ModelServerError } from "./errors.ts";
import type { ExchangeHost } from "./http/exchange.ts";
import { openExchange } from "./http/record.ts";
import type { RecordedRequest } from "./request.ts";
import type { AskScript } from "./script.ts";

/** Called with each model request once it has been read, before the script is asked. */
export type RequestListener = (request: RecordedRequest) => void;

/** What happened at a server: the requests, newest `keep` of them, and the errors of its script. */
export interface RequestLog extends ExchangeHost {
  readonly requests: readonly RecordedRequest[];
  readonly errors: readonly ModelServerError[];
  onRequest(listener: RequestListener): () => void;
}

export function createRequestLog(ask: AskScript, keep: number, isClosing: () => boolean): RequestLog {
  const requests: RecordedRequest[] = [];
  const errors: ModelServerError[] = [];
  const listeners = new Set<RequestListener>();
  let count = 0;

  function tell(record: RecordedRequest): void {
    for (const listener of listeners) {
      try {
        listener(record);
      } catch (cause) {
        const told = cause instanceof Error ? cause.message : String(cause);
        errors.push(new ModelServerError("MODEL_SERVER_LISTENER", `A listener failed: ${told}`, { cause }));
      }
    }
  }

  return {
    requests,
    errors,
    ask,
    report: (error) => void errors.push(error),
    record: (incoming, response, start) => {
      const exchange = openExchange(incoming, response, { ...start, index: count, isClosing });
      count += 1;
      requests.push(exchange.record);
      if (requests.length > keep) requests.shift();
      tell(exchange.record);
      return exchange;
    },
    onRequest: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
