import { setImmediate as turnOfLoop } from "node:timers/promises";

/** How long what reads a body may hold the event loop before others have their turn. */
const MOST_HELD_MS = 10;

/** Cuts the bytes of a body into pieces that are to be read one by one. */
export interface Cutter {
  /** @returns what is to go on now */
  add(chunk: Uint8Array): readonly Uint8Array[];
  /** @returns the rest */
  end(): readonly Uint8Array[];
}

/** A body on its way to a client. */
export interface PacedBody {
  readonly body: ReadableStream<Uint8Array>;
  /** Ends it with an error: nothing more of it is read. */
  fail(error: Error): void;
}

/**
 * Hands on a body piece by piece, each when the one before has been dealt with, and lets the event loop turn in between.
 * A chunk of the network holds hundreds of events; a client that takes long for each of them would hold all tenants.
 */
export function pacedBody(body: ReadableStream<Uint8Array>, cutter: Cutter): PacedBody {
  const reader = body.getReader();
  let pieces: readonly Uint8Array[] = [];
  let next = 0;
  let ended = false;
  let turned = performance.now();
  let fail = (_: Error): void => undefined;

  const piece = async (): Promise<Uint8Array | undefined> => {
    while (next === pieces.length && !ended) {
      const { value, done } = await reader.read();
      ended = done;
      pieces = value === undefined ? cutter.end() : cutter.add(value);
      next = 0;
    }
    return pieces[next++];
  };

  const paced = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        fail = (error) => {
          pieces = [];
          ended = true;
          next = 0;
          controller.error(error);
          reader.cancel(error).catch(() => undefined);
        };
      },
      pull: async (controller) => {
        if (performance.now() - turned > MOST_HELD_MS) {
          await turnOfLoop();
          turned = performance.now();
        }
        const bytes = await piece();
        if (bytes !== undefined) controller.enqueue(bytes);
        else controller.close();
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return { body: paced, fail: (error) => fail(error) };
}
