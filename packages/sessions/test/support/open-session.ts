import { answerOrphans, type Session } from "../../src/session.ts";
import { createSessionStore } from "../../src/store.ts";

/** Opens a session of a directory as a run does, or fails at once. */
export async function openSession(place: {
  readonly directory: string;
  readonly sessionId: string;
}): Promise<Session> {
  const store = createSessionStore({ dir: place.directory, busyTimeoutMs: 0 });
  const session = await store.open(place.sessionId);
  await answerOrphans(session);
  return session;
}
