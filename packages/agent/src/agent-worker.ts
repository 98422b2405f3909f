import {
  type Channel,
  ChannelClosedError,
  type ChannelError,
  ChannelRemoteError,
  createChannel,
} from "@cloison/sandbox/channel";
import { type AgentOutcome, AgentRun, type AgentRunOptions } from "./agent-run.ts";
import {
  AgentError,
  AgentProtocolError,
  AgentStateError,
  AgentToolTimeoutError,
  AgentWorkerError,
  AgentWorkerExitError,
} from "./errors.ts";
import { parseModelParams, parseToolNotice } from "./parse-worker.ts";
import { channelLimits, type WireTurn } from "./protocol.ts";
import { cleanWords, type WorkerProcess, within } from "./worker-process.ts";

/** How long a worker that was told to go may take to kill its tools' processes and end. */
const closeGraceMs = 2000;
/** How long after its channel ended a worker may take to be known as dead. */
const exitGraceMs = 1000;

/** A living worker. It serves one run at a time, and any number one after another. */
export interface AgentWorker extends AsyncDisposable {
  readonly pid: number;
  /**
   * Runs an agent: resolves when the model's last turn has no tool calls. Rejects with what `callModel` or
   * `onEvent` threw, with `AgentAbortedError`, `AgentMaxTurnsError`, `AgentTurnError`, `AgentOptionsError` or
   * `AgentStateError`, after which the worker can serve the next run; or with `AgentProtocolError`,
   * `AgentToolTimeoutError`, `AgentWorkerError` or `AgentWorkerExitError`, after which it is closed.
   */
  run(options: AgentRunOptions): Promise<AgentOutcome>;
  /** Ends the worker, its tools' processes too, and resolves when it is gone. */
  close(): Promise<void>;
  /** Resolves (never rejects) when the worker is gone: with what ended it, or undefined after `close`. */
  readonly closed: Promise<AgentError | undefined>;
}

/** Whether the worker did this to its channel while it lived. */
function isBreach(error: ChannelError | undefined): boolean {
  return error !== undefined && error.code !== "CHANNEL_STREAM" && error.code !== "CHANNEL_PROTOCOL";
}

/** After these it cannot be relied on for another run. */
function endsWorker(error: unknown): error is AgentError {
  return (
    error instanceof AgentProtocolError ||
    error instanceof AgentToolTimeoutError ||
    error instanceof AgentWorkerError
  );
}

/** Talks to one worker process. */
export class LiveWorker implements AgentWorker {
  readonly pid: number;
  readonly closed: Promise<AgentError | undefined>;
  /** Resolves when the worker said that it can take a run. */
  readonly ready: Promise<void>;
  readonly #process: WorkerProcess;
  readonly #channel: Channel;
  readonly #resolveReady: () => void;
  readonly #ended = Promise.withResolvers<AgentError | undefined>();
  #end: { readonly error: AgentError | undefined } | undefined;
  #isReady = false;
  #run: AgentRun | undefined;
  #runs = 0;
  /** The worker may still talk of runs up to this one, which the host has ended. */
  #lastFailedRun = 0;

  constructor(process: WorkerProcess, channel: NonNullable<WorkerProcess["handle"]["channel"]>) {
    const ready = Promise.withResolvers<void>();
    this.pid = process.handle.pid;
    this.ready = ready.promise;
    this.#resolveReady = ready.resolve;
    this.#process = process;
    this.#channel = createChannel(channel, {
      handlers: {
        ready: () => this.#guard(() => this.#onReady()),
        tool: (params) => this.#guard(() => this.#onTool(params)),
        model: (params) => this.#onModel(params),
      },
      limits: channelLimits,
      requestTimeoutMs: Number.POSITIVE_INFINITY,
      hideHandlerErrors: true,
    });
    this.closed = this.#ended.promise;
    void this.#watch();
  }

  async run(options: AgentRunOptions): Promise<AgentOutcome> {
    if (this.#end) {
      throw new AgentStateError("the agent worker is closed: start another", { cause: this.#end.error });
    }
    if (this.#run) throw new AgentStateError("the agent worker is busy: wait for its run to end");
    const run = new AgentRun(this.#runs + 1, options);
    this.#runs = run.number;
    this.#run = run;
    try {
      return await run.perform((signal) => this.#request(run, signal));
    } catch (error) {
      if (endsWorker(error)) this.#finish(error);
      throw error;
    } finally {
      if (run.failed) this.#lastFailedRun = run.number;
      this.#run = undefined;
    }
  }

  async close(): Promise<void> {
    this.#finish(undefined);
    await this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #request(run: AgentRun, signal: AbortSignal): Promise<unknown> {
    try {
      return await this.#channel.request("run", run.params, { signal });
    } catch (error) {
      if (error instanceof ChannelRemoteError) {
        throw new AgentWorkerError(`the agent loop in the sandbox failed: ${cleanWords(error.message)}`);
      }
      // Why it is closed is found out by #watch, which fails the run with that.
      if (error instanceof ChannelClosedError && this.#end === undefined) await this.closed;
      throw new AgentWorkerError("the agent worker cannot be reached", { cause: error });
    }
  }

  /** What a handler throws ends the worker: it broke the protocol, and there is no second chance. */
  #guard(handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.#finish(
        error instanceof AgentError ? error : new AgentWorkerError("the host failed", { cause: error }),
      );
    }
  }

  #onReady(): void {
    if (this.#isReady) throw new AgentProtocolError("the agent worker said twice that it is ready");
    this.#isReady = true;
    this.#resolveReady();
  }

  #onTool(params: unknown): void {
    const notice = parseToolNotice(params);
    this.#runOf(notice.run)?.take(notice);
  }

  async #onModel(params: unknown): Promise<WireTurn> {
    let turn: Promise<WireTurn> | undefined;
    this.#guard(() => {
      turn = this.#runOf(parseModelParams(params).run)?.nextTurn();
    });
    try {
      if (turn !== undefined) return await turn;
    } catch (error) {
      if (error instanceof AgentProtocolError) this.#finish(error);
    }
    // Nothing of why: the worker needs to know only that there is no turn.
    throw new AgentStateError("the run is over");
  }

  /** The run that the worker talks of; undefined for one that the host has ended. */
  #runOf(number: number): AgentRun | undefined {
    if (number === this.#run?.number) return this.#run;
    if (number <= this.#lastFailedRun) return undefined;
    throw new AgentProtocolError("the agent worker talks of a run that it was not given");
  }

  /** Finds out why the worker ended, from how its channel and its process did. */
  async #watch(): Promise<void> {
    const closed = this.#channel.closed.then((error) => ({ error }));
    const exited = this.#process.exited.catch(() => undefined);
    await Promise.race([closed, exited]);
    if (this.#end) return;
    // The other of the two follows at once, unless something in the sandbox keeps it from that.
    const channelError = (await within(exitGraceMs, closed))?.error;
    const exit = isBreach(channelError) ? undefined : await within(exitGraceMs, exited);
    // A killed worker may stop in the middle of a frame: its death is then the better explanation.
    const died = exit !== undefined && (channelError?.code !== "CHANNEL_PROTOCOL" || exit.signal !== null);
    if (died) {
      this.#finish(new AgentWorkerExitError(exit, this.#process.stderrTail));
    } else {
      const what = channelError?.message ?? "it closed its channel and lives on";
      this.#finish(
        new AgentProtocolError(`the agent worker broke the protocol: ${what}`, { cause: channelError }),
      );
    }
  }

  /** Ends everything, once. */
  #finish(error: AgentError | undefined): void {
    if (this.#end) return;
    this.#end = { error };
    this.#run?.fail(error ?? new AgentStateError("the agent worker was closed during the run"));
    this.#channel.close();
    // A worker that misbehaved is not asked to leave.
    const graceMs = error === undefined ? closeGraceMs : 0;
    const settle = () => this.#ended.resolve(error);
    this.#process.stop(graceMs).then(settle, settle);
  }
}
