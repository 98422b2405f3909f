import { NoActiveRunError } from "../errors/run-errors.ts";
import type { Inbox } from "./inbox.ts";

/** The runs of one platform that hold their session now, by user and session. */
export class LivingRuns {
  readonly #inboxes = new Map<string, Inbox>();

  /** @returns what takes the run out again */
  add(userId: string, sessionId: string, inbox: Inbox): () => void {
    const key = keyOf(userId, sessionId);
    this.#inboxes.set(key, inbox);
    return () => {
      if (this.#inboxes.get(key) === inbox) this.#inboxes.delete(key);
    };
  }

  /** @throws NoActiveRunError */
  inboxOf(userId: string, sessionId: string): Inbox {
    const inbox = this.#inboxes.get(keyOf(userId, sessionId));
    if (inbox === undefined) throw new NoActiveRunError(sessionId);
    return inbox;
  }
}

/** No id holds a slash. */
function keyOf(userId: string, sessionId: string): string {
  return `${userId}/${sessionId}`;
}
