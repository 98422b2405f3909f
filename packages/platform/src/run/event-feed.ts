import { EventBuffer } from "./event-buffer.ts";
import type { RunEvent } from "./run-events.ts";

type Next = IteratorResult<RunEvent, undefined>;

const OVER: Next = { done: true, value: undefined };

/**
 * Hands events to one reader, in their order; what he does not take at once waits in a buffer. After the end he
 * gets what still waits, and then the end, or the error once.
 */
export class EventFeed implements AsyncIterator<RunEvent, undefined> {
  readonly #buffer = new EventBuffer();
  readonly #onLeave: () => Promise<void>;
  #waiting: PromiseWithResolvers<Next>[] = [];
  #over = false;
  #failed: { readonly error: unknown } | undefined;

  /** @param onLeave called when the reader leaves; he is gone when it resolves */
  constructor(onLeave: () => Promise<void>) {
    this.#onLeave = onLeave;
  }

  add(event: RunEvent): void {
    if (this.#over) return;
    const reader = this.#waiting.shift();
    if (reader === undefined) this.#buffer.add(event);
    else reader.resolve({ done: false, value: event });
  }

  /** No more will come. */
  end(failed?: { readonly error: unknown }): void {
    if (this.#over) return;
    this.#over = true;
    this.#failed = failed;
    for (const reader of this.#waiting.splice(0)) this.#last().then(reader.resolve, reader.reject);
  }

  async next(): Promise<Next> {
    const event = this.#buffer.take();
    if (event !== undefined) return { done: false, value: event };
    if (this.#over) return this.#last();
    const reader = Promise.withResolvers<Next>();
    this.#waiting.push(reader);
    return reader.promise;
  }

  async return(): Promise<Next> {
    this.#buffer.clear();
    this.end();
    // He has left: what it fails with from now on is none of his.
    this.#failed = undefined;
    await this.#onLeave();
    return OVER;
  }

  async #last(): Promise<Next> {
    const failed = this.#failed;
    this.#failed = undefined;
    if (failed !== undefined) throw failed.error;
    return OVER;
  }
}
