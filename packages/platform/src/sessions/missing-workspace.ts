import { SessionStoreError } from "@cloison/sessions";
import { WorkspaceNotFoundError } from "../errors/state-errors.ts";
import { errorCode } from "../state/io-error.ts";

/** What to throw for an error of a workspace's session store: its directory is gone when the workspace is. */
export function sessionFailure(userId: string, error: unknown): unknown {
  const isGone = error instanceof SessionStoreError && errorCode(error.cause) === "ENOENT";
  return isGone ? new WorkspaceNotFoundError(userId, error) : error;
}
