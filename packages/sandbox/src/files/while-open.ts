import type { Connection } from "../attendant/connection.ts";
import { type Attempt, interrupted } from "./file-error.ts";

/**
 * What a source gives, for as long as there is somebody to take it: a source that waits for something else does not
 * keep who writes waiting when the attendant, or the sandbox, has ended.
 *
 * @throws FileError `FILE_INTERRUPTED`, and what the source throws
 */
export async function* whileOpen<T>(
  source: AsyncIterable<T>,
  connection: Pick<Connection, "onOver">,
  attempt: Attempt,
): AsyncGenerator<T, void> {
  const iterator = source[Symbol.asyncIterator]();
  let isOver = false;
  let breakOff = () => {};
  const stopListening = connection.onOver(() => {
    isOver = true;
    breakOff();
  });
  const next = () =>
    new Promise<IteratorResult<T, unknown>>((resolve, reject) => {
      breakOff = () => reject(interrupted(attempt));
      if (isOver) breakOff();
      else Promise.resolve(iterator.next()).then(resolve, reject);
    });
  let done = false;
  try {
    for (;;) {
      const result = await next().catch((error: unknown) => {
        done = !isOver; // a source that has thrown has ended
        throw error;
      });
      if (result.done === true) {
        done = true;
        return;
      }
      yield result.value;
    }
  } finally {
    stopListening();
    const returned = done ? undefined : iterator.return?.();
    if (isOver)
      returned?.catch(() => {}); // it may still be waiting
    else await returned;
  }
}
