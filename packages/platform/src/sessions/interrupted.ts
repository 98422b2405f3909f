import type { SessionStore } from "@cloison/sessions";
import { isSubagentRun } from "../subagents/subagent-place.ts";
import { sessionFailure } from "./missing-workspace.ts";
import type { SessionsPlace } from "./workspace-sessions.ts";

/** A run whose host died in its middle. What it had stored is kept. */
export interface InterruptedRun {
  readonly sessionId: string;
  readonly runId: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

const PAGE = 100;

/**
 * Finds the runs that have begun and not ended, and whose session nobody in any process writes. Those of subagents
 * are passed over: the run that started them is found, and may start them anew.
 */
export async function findInterrupted({ userId, sessions }: SessionsPlace): Promise<InterruptedRun[]> {
  try {
    return await search(sessions);
  } catch (error) {
    throw sessionFailure(userId, error);
  }
}

async function search(sessions: SessionStore): Promise<InterruptedRun[]> {
  const found: InterruptedRun[] = [];
  let cursor: string | undefined;
  do {
    const page = await sessions.list({ openRun: true, limit: PAGE, cursor });
    for (const { id } of page.sessions) {
      if (await sessions.isOpen(id)) continue;
      // A run that goes on marks its end before it lets go, so what is known now says whether it was one.
      const openRun = (await sessions.get(id))?.openRun;
      if (openRun !== undefined && !isSubagentRun(openRun.runId)) found.push({ sessionId: id, ...openRun });
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}
