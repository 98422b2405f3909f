import type { Session } from "@cloison/sessions";
import { RunAbortedError, RunTimeoutError } from "../errors/run-errors.ts";

/** One run, by the session that it writes. */
export interface MarkedRun {
  readonly session: Session;
  readonly runId: string;
}

const RESUMED = "resume:";

/** How a run is marked that goes on with an earlier one. */
export function resumedRunId(id: string): string {
  return `${RESUMED}${id}`;
}

/** Whether a mark is of such a run, which has no message of its own. */
export function isResumedRun(runId: string): boolean {
  return runId.startsWith(RESUMED);
}

/**
 * Marks in the session that a run begins, and that it has ended, whatever its end. A session whose run has
 * begun and not ended, and which nobody writes, is one whose host died.
 */
export async function withRunMarks<T>({ session, runId }: MarkedRun, work: () => Promise<T>): Promise<T> {
  // What is appended after it is stored after it, and fails if it does: nobody has to wait here.
  session.beginRun(runId).catch(() => undefined);
  let status = "failed";
  try {
    const result = await work();
    status = "completed";
    return result;
  } catch (error) {
    if (error instanceof RunAbortedError || error instanceof RunTimeoutError) status = "aborted";
    throw error;
  } finally {
    // Without the mark the run counts as interrupted, and to resume it gives what it has stored: no harm.
    await session.endRun(runId, status).catch(() => undefined);
  }
}
