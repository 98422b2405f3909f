import { finished } from "node:stream/promises";
import type { WorkerHandle } from "./agent-sandbox.ts";
import type { WorkerExit } from "./errors.ts";

const stderrTailBytes = 4096;
/** How long after the exit the rest of stderr is waited for: a grandchild may hold it open. */
const stderrGraceMs = 200;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
const controls = /[\x00-\x08\x0b-\x1f\x7f-\x9f]+/g;

/** Words of the sandbox made fit for a message: no control characters, bounded. */
export function cleanWords(words: string): string {
  return words.slice(-stderrTailBytes).replace(controls, " ").trim().toWellFormed();
}

/** A started worker, with what it says outside the channel read and thrown away but for the end of stderr. */
export class WorkerProcess {
  readonly handle: WorkerHandle;
  /** Resolves when the process ended and its last words were read. Rejects if the sandbox cannot tell. */
  readonly exited: Promise<WorkerExit>;
  #stderr = Buffer.alloc(0);

  constructor(handle: WorkerHandle) {
    this.handle = handle;
    const { stdin, stdout, stderr } = handle;
    const ignore = () => undefined;
    // A pipe whose other end died fails; what matters of that is the exit.
    for (const stream of [stdin, stdout, stderr]) stream.on("error", ignore);
    stdin.end();
    stdout.resume();
    stderr.on("data", (chunk: Buffer) => {
      this.#stderr = Buffer.concat([this.#stderr, chunk]).subarray(-stderrTailBytes);
    });
    const drained = finished(stderr).catch(ignore);
    this.exited = handle.wait().then(async (exit) => {
      await within(stderrGraceMs, drained);
      return exit;
    });
    // Whoever needs it looks at it; nobody may.
    this.exited.catch(ignore);
  }

  get stderrTail(): string {
    return cleanWords(this.#stderr.toString("utf8"));
  }

  /** Waits for the process to end by itself, then kills it. */
  async stop(graceMs: number): Promise<void> {
    if (await within(graceMs, this.exited)) return;
    await this.handle.kill("SIGKILL");
    await this.exited;
  }
}

/** The promise's value, or undefined when it takes longer. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
