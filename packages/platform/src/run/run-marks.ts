import type { Session } from "@cloison/sessions";
import { RunAbortedError, RunTimeoutError } from "../errors/run-errors.ts";

/** One run, by the session that it writes. */
export interface MarkedRun {
  readonly session: Session;
  readonly runId: string;
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
