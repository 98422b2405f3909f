import type { Approvals } from "./approvals/approval.ts";
import { type PeriodSpend, parseSpendQuery, readSpend, type SpendQuery } from "./budget/workspace-spend.ts";
import type { Hooks } from "./hooks/hook-registry.ts";
import { parseSessionId } from "./ids.ts";
import type { Inbox } from "./run/inbox.ts";
import { parseResumeOptions, type ResumeOptions } from "./run/resume-options.ts";
import { run } from "./run/run.ts";
import { parseRunOptions, type RunOptions } from "./run/run-options.ts";
import type { RunPlace } from "./run/run-place.ts";
import type { RunResult } from "./run/run-result.ts";
import { type RunStream, streamRun } from "./run/run-stream.ts";
import { parseSaid, type RunMessage } from "./run/said-options.ts";
import { findInterrupted, type InterruptedRun } from "./sessions/interrupted.ts";
import { type WorkspaceSessions, workspaceSessions } from "./sessions/workspace-sessions.ts";
import type { Subagents } from "./subagents/registry.ts";

/** One tenant's own place: files, sessions and configuration that no other tenant's agent can see. */
export interface Workspace {
  readonly userId: string;
  /** The directory that agents see as `/workspace`. What lies in it was written by agents: do not trust it. */
  readonly filesDir: string;
  /**
   * Gives the agent one message and waits for its answer. The agent works in a sandbox of its own,
   * which is gone when the promise settles. Runs of several sessions may go on at the same time; they
   * share the files.
   *
   * @throws InvalidOptionError, InvalidIdError for options; UnknownProviderError, UnknownModelError,
   * MissingApiKeyError, ModelCallError, EmptyAnswerError for the model; BudgetExceededError,
   * UnknownPriceError, SpendCorruptError, SpendWriteError for the budget; SessionBusyError,
   * SessionLockLostError, TranscriptCorruptError, TranscriptWriteError for the session;
   * WorkspaceNotFoundError when it was deleted; RunAbortedError, RunTimeoutError, OutputError; and the errors of `@cloison/sandbox`
   * and `@cloison/agent` when the sandbox cannot be had or the agent in it fails
   */
  run<Output = unknown>(options: RunOptions): Promise<RunResult<Output>>;
  /**
   * The same, with the events to be read in a loop, and with means to speak to the run. It starts at once.
   *
   * @throws InvalidOptionError, InvalidIdError at once for options; all else rejects
   */
  stream<Output = unknown>(options: RunOptions): RunStream<Output>;
  /**
   * Says something to the agent of the run that goes on in a session, before its next model call and after the
   * tools that are running now. Resolves when it is stored as a part of the conversation.
   *
   * @throws InvalidOptionError, InvalidIdError; NoActiveRunError, when no run that this platform object started
   * goes on there, or it ends before that; ImagesNotSupportedError, when none of its models takes images
   */
  steer(sessionId: string, message: RunMessage): Promise<void>;
  /** The same, when the agent would end: the run then goes on. */
  followUp(sessionId: string, message: RunMessage): Promise<void>;
  /** All sessions of this workspace: lists, searches, transcripts, names, labels, forks, exports. */
  readonly sessions: WorkspaceSessions;
  /**
   * Goes on with a session whose last run was interrupted, aborted or failed, from what is stored: the model is
   * asked for the answer that is missing; tool calls without a result are carried out again where their tool is
   * known to change nothing (`read`, `grep`, `find`, `ls`, host tools with `replay: "safe"`), of the others the
   * model is told that they may have been carried out. Where the last answer was the final one, it is
   * returned and no model is asked.
   *
   * @throws SessionNotFoundError; NothingToResumeError when it holds no message yet, or its last run ended before its
   * message was stored; what `run` throws
   */
  resume<Output = unknown>(sessionId: string, options?: ResumeOptions): Promise<RunResult<Output>>;
  /**
   * The runs whose host died in their middle; of each session the last one. A run is no longer among them when
   * another has begun in its session.
   *
   * @throws the errors of `@cloison/sessions`
   */
  interrupted(): Promise<InterruptedRun[]>;
  /**
   * What all runs of this workspace have spent in this day or month (UTC), by model and key, those of
   * other processes included.
   *
   * @throws InvalidOptionError, SpendCorruptError
   */
  spend(query?: SpendQuery): Promise<PeriodSpend>;
  /**
   * Functions of the application that take part in the runs of this user's workspace, whichever object they are
   * started with. Register once, not for each request.
   */
  readonly hooks: Hooks;
  /** Tool calls that wait for a person. */
  readonly approvals: Approvals;
  /** The subagents that runs of this process have started here. */
  readonly subagents: Subagents;
}

/** What a workspace's object is made with. */
export interface WorkspaceParts extends RunPlace {
  readonly ownHooks: Hooks;
}

export function createWorkspace({ ownHooks, ...place }: WorkspaceParts): Workspace {
  return {
    userId: place.userId,
    filesDir: place.paths.files,
    // The type of the output goes with the schema, on the caller's word; that it fits the schema is checked.
    run: async <Output>(options: RunOptions) =>
      (await run(place, parseRunOptions(options))) as RunResult<Output>,
    resume: async <Output>(sessionId: string, options?: ResumeOptions) =>
      (await run(place, parseResumeOptions(sessionId, options))) as RunResult<Output>,
    interrupted: () => findInterrupted(place),
    sessions: workspaceSessions(place),
    stream: <Output>(options: RunOptions) => streamRun(place, parseRunOptions(options)) as RunStream<Output>,
    steer: (sessionId, message) =>
      parseSaid("steer", message, (said) => inboxOf(place, sessionId).steer(said)),
    followUp: (sessionId, message) =>
      parseSaid("followUp", message, (said) => inboxOf(place, sessionId).followUp(said)),
    spend: async (query) => readSpend(place.ledger, parseSpendQuery(query)),
    hooks: ownHooks,
    approvals: place.approvals.of(place.userId),
    subagents: {
      listActive: () => place.subagents().listActive(),
      listAll: () => place.subagents().listAll(),
      countActive: () => place.subagents().countActive(),
    },
  };
}

function inboxOf({ living, userId }: RunPlace, sessionId: string): Inbox {
  return living.inboxOf(userId, parseSessionId(sessionId));
}
