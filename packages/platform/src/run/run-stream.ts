import { StreamConsumedError } from "../errors/run-errors.ts";
import { EventFeed } from "./event-feed.ts";
import { Inbox } from "./inbox.ts";
import { run } from "./run.ts";
import type { RunEvent } from "./run-events.ts";
import type { RunRequest } from "./run-options.ts";
import type { RunPlace } from "./run-place.ts";
import type { RunResult } from "./run-result.ts";
import { parseSaid, type RunMessage } from "./said-options.ts";

/**
 * A run whose events are read in a loop. It goes on whether or not they are read. What waits for a slow reader
 * is bounded: adjacent deltas become one, of how far a tool has come only the newest waits, and beyond 10,000
 * events or 4 Mi characters the oldest are dropped, which the event `events_lost` says.
 *
 * The loop ends after `done`, when the run has ended; when the run fails, the loop throws what it fails with.
 * Leaving the loop before `done` aborts the run, and goes on when all of it has ended.
 */
export interface RunStream<Output = unknown> extends AsyncIterable<RunEvent, undefined> {
  readonly sessionId: string;
  /** As of `run`. Whoever only reads the events need not handle its rejection. */
  readonly result: Promise<RunResult<Output>>;
  /**
   * Says something to the agent before the next model call, after the tools that are running now. Resolves when
   * it is stored as a part of the conversation.
   *
   * @throws InvalidOptionError; NoActiveRunError, when the run ends before that; ImagesNotSupportedError
   */
  steer(message: RunMessage): Promise<void>;
  /** The same, when the agent would end: the run then goes on. */
  followUp(message: RunMessage): Promise<void>;
  /** Ends the run, its sandbox and its model call; `result` rejects with RunAbortedError. */
  abort(reason?: unknown): void;
  /** @throws StreamConsumedError the second time */
  [Symbol.asyncIterator](): AsyncIterator<RunEvent, undefined>;
}

/** Starts a run at once. */
export function streamRun(place: RunPlace, request: RunRequest): RunStream {
  const stop = new AbortController();
  let read = false;
  const feed = new EventFeed(async () => {
    stop.abort(new DOMException("The loop over the run's events was left.", "AbortError"));
    await result.catch(() => undefined);
  });
  const inbox = new Inbox(request.sessionId);
  const signal = request.signal === undefined ? stop.signal : AbortSignal.any([request.signal, stop.signal]);
  // Gives on what the listener returns: if that is a promise, it may reject.
  const onEvent = (event: RunEvent): unknown => {
    feed.add(event);
    return request.onEvent?.(event);
  };
  const result = run(place, { ...request, signal, onEvent }, { inbox });
  result.then(
    () => feed.end(),
    (error: unknown) => feed.end({ error }),
  );
  return {
    sessionId: request.sessionId,
    result,
    steer: (message) => parseSaid("steer", message, (said) => inbox.steer(said)),
    followUp: (message) => parseSaid("followUp", message, (said) => inbox.followUp(said)),
    abort: (reason) =>
      stop.abort(reason ?? new DOMException("The run was aborted by its stream.", "AbortError")),
    [Symbol.asyncIterator]: () => {
      if (read) throw new StreamConsumedError();
      read = true;
      return feed;
    },
  };
}
