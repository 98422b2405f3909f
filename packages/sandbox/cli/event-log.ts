import { createWriteStream, fstatSync, openSync } from "node:fs";
import { Socket } from "node:net";
import type { Writable } from "node:stream";
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
  const stream = open(path);
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
      if (stream === process.stdout || stream === process.stderr)
        await new Promise<void>((resolve) => stream.write("", () => resolve()));
      else await finished(stream.end()).catch(() => {}); // told by "error"
      return failure;
    },
  };
}

function open(path: string): Writable {
  if (path === "-")
    throw new WrongUsage('--json - would be a file of that name: write /dev/stderr, or "./-"');
  try {
    return openDescriptor(path) ?? createWriteStream(path, { fd: openSync(path, "a") });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WrongUsage(`--json ${path} cannot be written: ${why}`, { cause });
  }
}

/** The descriptor of this process that a path names. */
function descriptorOf(path: string): number | undefined {
  const standard = ["/dev/stdin", "/dev/stdout", "/dev/stderr"].indexOf(path);
  if (standard !== -1) return standard;
  const [, digits] = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(path) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** A descriptor that must not be opened anew, as a pipe may be. */
function openDescriptor(path: string): Writable | undefined {
  const fd = descriptorOf(path);
  if (fd === undefined) return undefined;
  const kind = fstatSync(fd);
  // It would be written from its beginning, over what else goes there.
  if (kind.isFile()) return createWriteStream(path, { fd, autoClose: false });
  if (!kind.isSocket()) return undefined; // which cannot be opened
  if (fd === 1) return process.stdout;
  return fd === 2 ? process.stderr : new Socket({ fd, readable: false });
}
