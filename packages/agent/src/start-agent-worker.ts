import type { AgentSandbox } from "./agent-sandbox.ts";
import { type AgentWorker, LiveWorker } from "./agent-worker.ts";
import { AgentAbortedError, AgentStartError } from "./errors.ts";
import { readMs, refuseUnknown } from "./read-options.ts";
import { workerCommand } from "./worker-mounts.ts";
import { WorkerProcess } from "./worker-process.ts";

const defaultStartTimeoutMs = 30_000;

/** What a worker needs to start. */
export interface AgentWorkerOptions {
  /** A sandbox with the mounts of `workerMounts()`. */
  readonly sandbox: AgentSandbox;
  /** Where tools run and relative paths begin, default /workspace. */
  readonly cwd?: string | undefined;
  /** Milliseconds until the worker must be ready, default 30,000. */
  readonly startTimeoutMs?: number | undefined;
  /** Gives the start up. It does not end a started worker. */
  readonly signal?: AbortSignal | undefined;
}

/** The names of {@link AgentWorkerOptions}. */
export const workerOptionNames = ["sandbox", "cwd", "startTimeoutMs", "signal"] as const;

async function untilReady(
  worker: LiveWorker,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = () =>
    reject(new AgentAbortedError("the start of the agent worker was aborted", { cause: signal?.reason }));
  const late = () =>
    reject(new AgentStartError(`the agent worker was not ready after ${timeoutMs} ms: raise startTimeoutMs`));
  const timer = setTimeout(late, timeoutMs);
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted) abort();
  void worker.ready.then(resolve);
  void worker.closed.then((cause) =>
    reject(
      new AgentStartError(
        `the agent worker did not start (${cause?.message ?? "closed"}): does the sandbox have workerMounts()?`,
        { cause },
      ),
    ),
  );
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/**
 * Starts a worker and resolves when it can take a run. Rejects with `AgentOptionsError`, `AgentStartError`,
 * `AgentAbortedError`, or what `sandbox.commands.start` rejected with; then nothing is left running.
 */
export async function startAgentWorker(options: AgentWorkerOptions): Promise<AgentWorker> {
  refuseUnknown(options, workerOptionNames);
  const { sandbox, cwd = "/workspace", signal } = options;
  const timeoutMs = readMs("startTimeoutMs", options.startTimeoutMs, defaultStartTimeoutMs);
  if (signal?.aborted) {
    throw new AgentAbortedError("the start of the agent worker was aborted", { cause: signal.reason });
  }
  const handle = await sandbox.commands.start(workerCommand, { channel: true, cwd });
  const process = new WorkerProcess(handle);
  if (handle.channel === undefined) {
    await process.stop(0);
    throw new AgentStartError("the sandbox started the agent worker without a channel: use @cloison/sandbox");
  }
  const worker = new LiveWorker(process, handle.channel);
  try {
    await untilReady(worker, timeoutMs, signal);
  } catch (error) {
    await worker.close();
    throw error;
  }
  return worker;
}
