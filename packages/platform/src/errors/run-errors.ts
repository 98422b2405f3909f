import type { SandboxEnd } from "@cloison/sandbox";
import type { RunAttempt } from "../run/tally.ts";
import { noUsage, type RunUsage } from "../run/usage.ts";
import { PlatformError } from "./platform-error.ts";

/** What a run had done of its model calls when it was ended. */
export interface RunSoFar {
  readonly attempts: readonly RunAttempt[];
  readonly usage: RunUsage;
}

/** The caller's signal ended the run. `cause` is the signal's reason. */
export class RunAbortedError extends PlatformError {
  readonly code = "RUN_ABORTED";
  readonly sessionId: string | undefined;
  readonly attempts: readonly RunAttempt[];
  /** Of all attempts whose provider told it. */
  readonly usage: RunUsage;

  constructor(
    sessionId: string | undefined,
    cause: unknown,
    { attempts, usage }: RunSoFar = { attempts: [], usage: noUsage },
  ) {
    super(
      sessionId === undefined
        ? "the run was aborted before it began"
        : `the run in session "${sessionId}" was aborted; what it had stored is kept`,
      cause,
    );
    this.sessionId = sessionId;
    this.attempts = attempts;
    this.usage = usage;
  }
}

/** The run took longer than its `timeoutMs`. Its session is kept, and the next run can go on with it. */
export class RunTimeoutError extends PlatformError {
  readonly code = "RUN_TIMEOUT";
  readonly sessionId: string | undefined;
  /** Milliseconds that the run was given. */
  readonly timeoutMs: number;
  readonly attempts: readonly RunAttempt[];
  /** Of all attempts whose provider told it. */
  readonly usage: RunUsage;

  constructor(
    sessionId: string | undefined,
    timeoutMs: number,
    { attempts, usage }: RunSoFar = { attempts: [], usage: noUsage },
  ) {
    const where = sessionId === undefined ? "the run" : `the run in session "${sessionId}"`;
    super(
      `${where} was not done after ${timeoutMs} ms; what it had stored is kept: raise timeoutMs, or go on`,
    );
    this.sessionId = sessionId;
    this.timeoutMs = timeoutMs;
    this.attempts = attempts;
    this.usage = usage;
  }
}

/** What the model has failed to give. */
interface MissingOutput {
  readonly sessionId: string;
  readonly problem: string;
  readonly failures: number;
}

/** The run was to give an output, and the model gave none that fits the schema. What it did and said is kept. */
export class OutputError extends PlatformError {
  readonly code = "OUTPUT_FAILED";
  readonly sessionId: string;
  /** What was wrong the last time, as the model was told it. */
  readonly problem: string;
  readonly attempts: readonly RunAttempt[];
  /** Of all attempts whose provider told it. */
  readonly usage: RunUsage;

  constructor({ sessionId, problem, failures }: MissingOutput, { attempts, usage }: RunSoFar) {
    super(
      `the model gave no output that fits the schema, after ${failures} ${failures === 1 ? "try" : "tries"}: ` +
        `${problem}; make the schema simpler, describe its fields, raise outputRetries, or choose another model`,
    );
    this.sessionId = sessionId;
    this.problem = problem;
    this.attempts = attempts;
    this.usage = usage;
  }
}

/** No run of this platform object goes on in the session, or it ended before it took what was said. */
export class NoActiveRunError extends PlatformError {
  readonly code = "NO_ACTIVE_RUN";
  readonly sessionId: string;

  /** @param cause what the run failed with that ended before it took what was said */
  constructor(sessionId: string, cause?: unknown) {
    super(
      `no run goes on in session "${sessionId}" that could take the message; ` +
        "give it to run, which goes on with the session",
      cause,
    );
    this.sessionId = sessionId;
  }
}

/** The events of a stream are given once, to one loop. */
export class StreamConsumedError extends PlatformError {
  readonly code = "STREAM_CONSUMED";

  constructor() {
    super("the events of this stream are given to another loop already; call stream for each loop");
  }
}

/** The agent was not done after `maxTurns` answers of the model. What it had done is stored. */
export class MaxTurnsError extends PlatformError {
  readonly code = "MAX_TURNS";
  readonly sessionId: string;
  readonly maxTurns: number;
  readonly attempts: readonly RunAttempt[];
  /** Of all attempts whose provider told it. */
  readonly usage: RunUsage;

  constructor(sessionId: string, maxTurns: number, { attempts, usage }: RunSoFar) {
    super(
      `the agent was not done after ${maxTurns} answers of the model; ` +
        `go on in session "${sessionId}", raise maxTurns, or ask for less at a time`,
    );
    this.sessionId = sessionId;
    this.maxTurns = maxTurns;
    this.attempts = attempts;
    this.usage = usage;
  }
}

type EndOfItsOwn = Exclude<SandboxEnd["reason"], "killed">;

const advice: Readonly<Record<EndOfItsOwn, string>> = {
  timeoutMs: "give its sandbox more time, or ask for less at a time",
  wallMs: "raise sandbox.limits.wallMs, or ask for less at a time",
  memoryMb: "raise sandbox.limits.memoryMb, or ask for less at a time",
  diskMb: "raise sandbox.limits.diskMb, or remove files of the workspace",
  crashed: "run it again",
};

/** The sandbox ended by itself while the run went on. `cause` is what the agent failed with. */
export class SandboxEndedError extends PlatformError {
  readonly code = "SANDBOX_ENDED";
  /** `crashed`: the kernel or somebody else ended it; else the limit that was used up. */
  readonly reason: EndOfItsOwn;

  constructor(reason: EndOfItsOwn, detail: string, cause: unknown) {
    super(`the sandbox ended before the run did: ${detail}; ${advice[reason]}`, cause);
    this.reason = reason;
  }
}
