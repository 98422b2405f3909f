import type { Events, SandboxEvent } from "./events.ts";

/** Events that wait for a reader; more than that, and the oldest give way. */
const maxWaiting = 1_000;

/** Options of `sandbox.events()`. */
export interface EventsOptions {
  /** Ends the stream when it aborts; what waits to be read by then is not read. */
  readonly signal?: AbortSignal;
}

/**
 * What happens from this call on, in order, to the sandbox's end. A reader that is too slow loses the oldest events and
 * is told how many: memory stays bounded whatever a sandbox does.
 */
export function streamEvents(
  events: Events,
  { signal }: EventsOptions = {},
): AsyncGenerator<SandboxEvent, void> {
  const waiting: SandboxEvent[] = [];
  let dropped = 0;
  let over = events.ended;
  let wake = () => {};
  const stopListening = events.listen((event) => {
    waiting.push(event);
    if (waiting.length > maxWaiting) {
      waiting.shift();
      dropped += 1;
    }
    if (event.type === "sandbox.ended") over = true;
    wake();
  });
  const abort = () => {
    over = true;
    waiting.length = 0;
    close();
  };
  function close(): void {
    stopListening();
    signal?.removeEventListener("abort", abort);
    wake();
  }
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted || over) abort();

  async function* read(): AsyncGenerator<SandboxEvent, void> {
    try {
      for (;;) {
        const event = waiting.shift();
        if (event !== undefined && dropped > 0) {
          const { sandboxId, time } = event;
          const count = dropped;
          dropped = 0;
          waiting.unshift(event);
          yield { type: "events.dropped", count, sandboxId, time };
        } else if (event !== undefined) yield event;
        else if (over) return;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      close();
    }
  }
  return read();
}
