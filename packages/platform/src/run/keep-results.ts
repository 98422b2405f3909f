import type { Session, ToolResultMessage } from "@cloison/sessions";
import type { RequiredOutput } from "../output/required-output.ts";

/**
 * Stores tool results as they come, so that what was done is known after the host's death. Nobody waits for the
 * disk here: what is appended after them is stored after them, and fails if one of them does.
 */
export function keepIn(session: Session, output?: RequiredOutput): (result: ToolResultMessage) => void {
  return (result) => {
    const stored = session.appendMessages([result]);
    stored.catch(() => undefined);
    output?.note(result, stored);
  };
}
