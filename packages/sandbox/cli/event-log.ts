import { createWriteStream, openSync } from "node:fs";
import { finished } from "node:stream/promises";
import type { SandboxEvent } from "#sandbox";
import { WrongUsage } from "./wrong-usage.ts";

/** Bytes that may wait for a slow file; events beyond them are counted and left out. */
const maxWaiting = 2 ** 22;

/** A file with one event a line. */
export interface EventLog {
  add(event: SandboxEvent): void;
  /** Resolves when all is written; to why it is not complete, if so. */
  close(): Promise<string | undefined>;
}

/** @throws WrongUsage when the file cannot be written */
export function openEventLog(path: string): EventLog {
  const stream = createWriteStream(path, { fd: open(path) });
  let failure: string | undefined;
  let dropped = 0;
  stream.on("error", (error) => {
    failure ??= error.message;
  });
  const write = (event: object) => stream.write(`${JSON.stringify(event)}\n`);
  return {
    add(event) {
      if (failure !== undefined) return;
      if (stream.writableLength > maxWaiting) dropped += 1;
      else {
        const { sandboxId, time } = event;
        if (dropped > 0) write({ type: "events.dropped", count: dropped, sandboxId, time });
        dropped = 0;
        write(event);
      }
    },
    async close() {
      stream.end();
      await finished(stream).catch(() => {}); // told by "error"
      return failure;
    },
  };
}

function open(path: string): number {
  try {
    return openSync(path, "a");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WrongUsage(`--json ${path} cannot be written: ${why}`, { cause });
  }
}
