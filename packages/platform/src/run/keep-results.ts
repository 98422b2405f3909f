import type { Session, ToolResultMessage } from "@cloison/sessions";

/**
 * Stores tool results as they come, so that what was done is known after the host's death. Nobody waits for the
 * disk here: what is appended after them is stored after them, and fails if one of them does.
 */
export function keepIn(session: Session): (result: ToolResultMessage) => void {
  return (result) => {
    session.appendMessages([result]).catch(() => undefined);
  };
}
