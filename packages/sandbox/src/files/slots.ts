import { FileError } from "./file-error.ts";

/** What an attendant does at once is bounded: MAX_JOBS of native/attend.h is more than all of these. */
const maxShort = 128;
const maxLong = 256;

export interface Slots {
  /** Runs what goes on by itself; waits where too much does. */
  short<T>(task: () => Promise<T>): Promise<T>;
  /**
   * Takes a place for what waits for somebody, such as a stream; returns what gives it back, once.
   *
   * @throws FileError when all are taken
   */
  long(): () => void;
}

export function createSlots(): Slots {
  let running = 0;
  let held = 0;
  const waiting: (() => void)[] = [];
  return {
    async short(task) {
      if (running < maxShort) running++;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await task();
      } finally {
        const next = waiting.shift();
        if (next === undefined) running--;
        else next(); // which has this place now
      }
    },
    long() {
      if (held >= maxLong)
        throw new FileError(
          `${maxLong} streams and watches of this sandbox's files are open, which is all there may be; end some`,
          { code: "FILE_TOO_MANY" },
        );
      held++;
      let given = false;
      return () => {
        if (!given) held--;
        given = true;
      };
    },
  };
}
