import { type PeriodSpend, parseSpendQuery, readSpend, type SpendQuery } from "./budget/workspace-spend.ts";
import { type RunPlace, type RunResult, run } from "./run/run.ts";
import { parseRunOptions, type RunOptions } from "./run/run-options.ts";
import { findInterrupted, type InterruptedRun } from "./sessions/interrupted.ts";
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
   * WorkspaceNotFoundError when it was deleted; RunAbortedError; and the errors of `@cloison/sandbox`
   * and `@cloison/agent` when the sandbox cannot be had or the agent in it fails
   */
  run(options: RunOptions): Promise<RunResult>;
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
  /** The subagents that runs of this process have started here. */
  readonly subagents: Subagents;
}

export function createWorkspace(place: RunPlace): Workspace {
  return {
    userId: place.userId,
    filesDir: place.paths.files,
    run: async (options) => run(place, parseRunOptions(options)),
    interrupted: () => findInterrupted(place.sessions),
    spend: async (query) => readSpend(place.ledger, parseSpendQuery(query)),
    subagents: {
      listActive: () => place.subagents().listActive(),
      listAll: () => place.subagents().listAll(),
      countActive: () => place.subagents().countActive(),
    },
  };
}
