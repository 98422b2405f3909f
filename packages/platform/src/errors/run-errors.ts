import type { SandboxEnd } from "@cloison/sandbox";
import type { RunAttempt } from "../run/tally.ts";
import { noUsage, type RunUsage } from "../run/usage.ts";
import { PlatformError } from "./platform-error.ts";

/** What a run had done of its model calls when it was ended. */
interface RunSoFar {
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
