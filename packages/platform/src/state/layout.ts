import { join } from "node:path";

/** Where one workspace keeps its things. Only `files` is ever shown to a sandbox. */
export interface WorkspacePaths {
  readonly root: string;
  readonly config: string;
  readonly sessions: string;
  readonly files: string;
  /** What was spent, by month; made with the first record. */
  readonly spend: string;
  /** Private copies of `files` that subagents work on, while they do; made with the first one. */
  readonly forks: string;
  /** Nothing is ever in it: what subagents see that get no files. Made with the first one. */
  readonly empty: string;
}

/** All workspaces of a state directory are beside each other in one directory. */
export function workspacesDirectory(stateDir: string): string {
  return join(stateDir, "workspaces");
}

/** Paths inside a workspace directory, which may stand under a temporary name. */
export function pathsInside(root: string): WorkspacePaths {
  return {
    root,
    config: join(root, "config.json"),
    sessions: join(root, "sessions"),
    files: join(root, "files"),
    spend: join(root, "spend"),
    forks: join(root, "forks"),
    empty: join(root, "empty"),
  };
}

/** @param userId one that `parseUserId` has let through */
export function workspacePaths(stateDir: string, userId: string): WorkspacePaths {
  return pathsInside(join(workspacesDirectory(stateDir), userId));
}
