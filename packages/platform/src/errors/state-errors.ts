import { PlatformError } from "./platform-error.ts";

/** The state directory cannot be used as it is: wrong owner, open to others, not a directory, or an I/O error. */
export class StateDirectoryError extends PlatformError {
  readonly code = "STATE_DIRECTORY";
  readonly path: string;

  constructor(path: string, reason: string, cause?: unknown) {
    super(`cannot use ${path}: ${reason}`, cause);
    this.path = path;
  }
}

/** `createWorkspace` was asked for a user id that already has a workspace. */
export class WorkspaceExistsError extends PlatformError {
  readonly code = "WORKSPACE_EXISTS";
  readonly userId: string;

  constructor(userId: string, cause?: unknown) {
    super(
      `workspace "${userId}" exists already; use getWorkspace("${userId}"), or deleteWorkspace first`,
      cause,
    );
    this.userId = userId;
  }
}

/** There is no workspace of that user id, or it was deleted. */
export class WorkspaceNotFoundError extends PlatformError {
  readonly code = "WORKSPACE_NOT_FOUND";
  readonly userId: string;

  constructor(userId: string, cause?: unknown) {
    super(`there is no workspace "${userId}"; make it with createWorkspace("${userId}", config)`, cause);
    this.userId = userId;
  }
}

/** The workspace has a run that is still going on, in this process or in another. */
export class WorkspaceBusyError extends PlatformError {
  readonly code = "WORKSPACE_BUSY";
  readonly userId: string;

  constructor(userId: string, sessionId: string) {
    super(
      `workspace "${userId}" has a run in session "${sessionId}"; wait for it or abort it, then delete again`,
    );
    this.userId = userId;
  }
}

/** A workspace's `config.json` cannot be read as one. The file is left as it is. */
export class WorkspaceCorruptError extends PlatformError {
  readonly code = "WORKSPACE_CORRUPT";
  readonly userId: string;
  readonly path: string;

  constructor(userId: string, path: string, reason: string, cause?: unknown) {
    super(`workspace "${userId}": ${path} ${reason}; repair the file or restore it from a backup`, cause);
    this.userId = userId;
    this.path = path;
  }
}
