import { chmodSync, lstatSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { StateDirectoryError } from "../errors/state-errors.ts";
import { errorCode } from "./io-error.ts";
import { workspacesDirectory } from "./layout.ts";

const PRIVATE = 0o700;
const OTHERS_MAY_WRITE = 0o022;

/** What a state directory of ours may hold (the skill catalogue is the application's to fill). */
const OWN_NAMES = new Set(["workspaces", "skills"]);

/**
 * Makes the state directory ready: `stateDir` and `stateDir/workspaces` exist and are closed to other
 * users (mode 0700). A directory that holds other things than ours keeps its mode, unless others may
 * write into it: that is refused, as they could replace what lies inside.
 *
 * @returns the absolute path
 * @throws StateDirectoryError
 */
export function prepareStateDirectory(stateDir: string): string {
  const path = resolve(stateDir);
  try {
    mkdirSync(path, { recursive: true, mode: PRIVATE });
    closeToOthers(path);
    const workspaces = workspacesDirectory(path);
    mkdirSync(workspaces, { recursive: true, mode: PRIVATE });
    if (!lstatSync(workspaces).isDirectory()) {
      throw new StateDirectoryError(workspaces, "it is a symbolic link; a directory must stand there");
    }
    if ((statSync(workspaces).mode & 0o777) !== PRIVATE) chmodSync(workspaces, PRIVATE);
    return path;
  } catch (error) {
    if (error instanceof StateDirectoryError) throw error;
    throw new StateDirectoryError(path, explain(errorCode(error)), error);
  }
}

function closeToOthers(path: string): void {
  const stat = statSync(path);
  const uid = process.geteuid?.();
  if (uid !== undefined && stat.uid !== uid && uid !== 0) {
    throw new StateDirectoryError(path, "it belongs to another user; choose a directory of your own");
  }
  const mode = stat.mode & 0o777;
  if (mode === PRIVATE) return;
  if (readdirSync(path).every((name) => OWN_NAMES.has(name))) {
    chmodSync(path, PRIVATE);
  } else if ((mode & OTHERS_MAY_WRITE) !== 0) {
    throw new StateDirectoryError(
      path,
      "other users may write into it and it holds other things; choose a directory of its own",
    );
  }
}

function explain(code: string | undefined): string {
  switch (code) {
    case "EACCES":
    case "EPERM":
      return "permission denied; choose a directory that this user may write";
    case "ENOTDIR":
    case "EEXIST":
      return "a file is in the way; choose another directory";
    case "EROFS":
      return "its file system is read-only; choose another directory";
    default:
      return "see the cause";
  }
}
