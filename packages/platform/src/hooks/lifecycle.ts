import type { Session } from "@cloison/sessions";
import { RunAbortedError, RunTimeoutError } from "../errors/run-errors.ts";
import type { TurnsOutcome } from "../run/model-turns.ts";
import { endedRunError } from "../run/run-time.ts";
import type { BeforeAgentStart, RunEnding } from "./hook-inputs.ts";
import type { RunHooks } from "./run-hooks.ts";

/** The session of a run, and what ends the run's hold on it. */
export interface HookedSession {
  readonly hooks: RunHooks;
  readonly session: Session;
  /** The run's. */
  readonly signal: AbortSignal | undefined;
  end(): Promise<void>;
}

/**
 * Tells the hooks of a run's beginning and, when all of it is over, of its end, whatever its end.
 *
 * @throws HookError, RunAbortedError; what the work or the end throws
 */
export async function withSessionHooks<T>(
  { hooks, session, signal, end }: HookedSession,
  work: () => Promise<T>,
): Promise<T> {
  let error: unknown;
  try {
    try {
      await sessionStart(hooks, session, signal);
      return await work();
    } finally {
      await end();
    }
  } catch (thrown) {
    error = thrown;
    throw thrown;
  } finally {
    await hooks.tell("session_end", { outcome: endingOf(error), error });
  }
}

async function sessionStart(
  hooks: RunHooks,
  session: Session,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { id, isNew } = session;
  for (const registration of hooks.of("session_start")) {
    await hooks.call({ registration, input: () => ({ isNew }), signal }).catch((error: unknown) => {
      throw signal?.aborted ? endedRunError(signal.reason, id) : error;
    });
  }
}

/** What the agent begins with, when all hooks have added to it. */
export interface AgentStart {
  readonly systemPrompt: string;
  /** What the model is to see before the user's message, in order. */
  readonly context: readonly string[];
}

/** @throws HookError, RunAbortedError */
export async function agentStart(
  hooks: RunHooks,
  own: BeforeAgentStart,
  signal: AbortSignal | undefined,
): Promise<AgentStart> {
  let { systemPrompt } = own;
  const context: string[] = [];
  for (const registration of hooks.of("before_agent_start")) {
    const input = { ...own, systemPrompt };
    const change = await hooks.call({ registration, input: () => input, signal }).catch((error: unknown) => {
      throw signal?.aborted ? endedRunError(signal.reason, hooks.facts.sessionId) : error;
    });
    if (change?.systemPrompt !== undefined) systemPrompt = `${systemPrompt}\n\n${change.systemPrompt}`;
    if (change?.prependContext !== undefined) context.push(change.prependContext);
  }
  return { systemPrompt, context };
}

/** Marks what hooks have said before a message of the user. */
const HOOK_CONTEXT = "cloison.hook_context";

/** Stores what the model is to see before the user's message. */
export async function storeContext(session: Session, context: readonly string[]): Promise<void> {
  const entry = { type: "custom_message", customType: HOOK_CONTEXT, display: false } as const;
  await session.append(context.map((content) => ({ ...entry, content })));
}

/** Tells the hooks what the agent came to. @param error what the run is going to reject with */
export async function agentEnd(hooks: RunHooks, outcome: TurnsOutcome, error: unknown): Promise<void> {
  const { turns, usage } = outcome;
  const response = error === undefined ? outcome.response : undefined;
  await hooks.tell("after_agent_end", { outcome: endingOf(error), response, turns, usage, error });
}

function endingOf(error: unknown): RunEnding {
  if (error === undefined) return "completed";
  const isEnded = error instanceof RunAbortedError || error instanceof RunTimeoutError;
  return isEnded ? "aborted" : "failed";
}
