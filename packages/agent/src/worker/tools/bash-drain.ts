import type { Readable } from "node:stream";
import { type CommandMark, findProcesses } from "../process-tree.ts";

/** No output for so long after the command ended: time to ask who still holds it open. */
const quietMs = 50;
/** No output for so long: what holds it open is a daemon that cannot be found. */
const maxQuietMs = 2000;
/** Output of a background process that never stops is collected for so long. */
const maxMs = 5000;

/**
 * Waits for the rest of an ended command's output. Usually it ends by itself; but a process left in the
 * background holds it open, perhaps for ever. What that one writes later is read and dropped, so that it is
 * not killed by SIGPIPE. `helpers` is how many of the processes are not the command's but the tool's.
 */
export function drain(output: Readable, mark: CommandMark | undefined, helpers: number): Promise<void> {
  return new Promise((resolve) => {
    const end = performance.now() + maxMs;
    let lastData = performance.now();
    const onData = () => {
      lastData = performance.now();
    };
    const settle = () => {
      clearInterval(timer);
      output.off("data", onData).off("close", settle);
      output.resume();
      resolve();
    };
    const look = () => {
      const now = performance.now();
      const quiet = now - lastData;
      if (now >= end || quiet >= maxQuietMs) settle();
      else if (quiet >= quietMs && mark !== undefined && findProcesses(mark).size > helpers) settle();
    };
    const timer = setInterval(look, quietMs);
    output.on("data", onData).once("close", settle);
    if (output.closed) settle();
  });
}
