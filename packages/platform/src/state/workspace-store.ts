import { lstat, mkdir, readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { findLockedSession } from "@cloison/sessions";
import {
  StateDirectoryError,
  WorkspaceBusyError,
  WorkspaceCorruptError,
  WorkspaceExistsError,
  WorkspaceNotFoundError,
} from "../errors/state-errors.ts";
import { isId } from "../ids.ts";
import type { WorkspaceConfig } from "../options/workspace-options.ts";
import { syncDirectory, writeNewFile } from "./durable-file.ts";
import { errorCode } from "./io-error.ts";
import { pathsInside, type WorkspacePaths, workspacePaths, workspacesDirectory } from "./layout.ts";
import { buildName, sweepLeftovers, trashName } from "./leftovers.ts";
import { removeTree } from "./remove-tree.ts";
import { formatWorkspaceConfig, parseWorkspaceConfigFile } from "./workspace-config.ts";

/** The workspaces on disk. User ids are taken as checked. */
export interface WorkspaceStore {
  /** @throws WorkspaceExistsError */
  create(userId: string, config: WorkspaceConfig): Promise<void>;
  /** @throws WorkspaceNotFoundError, WorkspaceCorruptError */
  read(userId: string): Promise<WorkspaceConfig>;
  /** User ids in code point order. */
  list(): Promise<string[]>;
  exists(userId: string): Promise<boolean>;
  /** @throws WorkspaceNotFoundError, WorkspaceBusyError */
  remove(userId: string): Promise<void>;
  paths(userId: string): WorkspacePaths;
}

/** @param stateDir one that `prepareStateDirectory` has made ready */
export function createWorkspaceStore(stateDir: string): WorkspaceStore {
  const directory = workspacesDirectory(stateDir);
  let swept: Promise<void> | undefined;
  /** The first use of a store finishes what a killed process had begun; a failed sweep is tried again. */
  const sweep = (): Promise<void> => {
    swept ??= sweepLeftovers(directory).catch((error: unknown) => {
      swept = undefined;
      throw new StateDirectoryError(directory, "a leftover of an earlier process cannot be removed", error);
    });
    return swept;
  };
  const paths = (userId: string) => workspacePaths(stateDir, userId);
  return {
    paths,
    create: async (userId, config) => {
      await sweep();
      await build(directory, userId, config);
    },
    read: async (userId) => {
      await sweep();
      return readConfig(userId, paths(userId));
    },
    list: async () => {
      await sweep();
      const entries = await readdir(directory, { withFileTypes: true });
      return entries.flatMap((entry) => (entry.isDirectory() && isId(entry.name) ? entry.name : [])).sort();
    },
    exists: async (userId) => {
      await sweep();
      return isDirectory(paths(userId).root);
    },
    remove: async (userId) => {
      await sweep();
      await remove(directory, userId, paths(userId));
    },
  };
}

/** Builds the workspace under another name and then renames it: a kill leaves all of it or nothing. */
async function build(directory: string, userId: string, config: WorkspaceConfig): Promise<void> {
  const fresh = pathsInside(join(directory, buildName()));
  try {
    await mkdir(fresh.root, { mode: 0o700 });
    await mkdir(fresh.sessions, { mode: 0o700 });
    await mkdir(fresh.files, { mode: 0o700 });
    await writeNewFile(fresh.config, formatWorkspaceConfig(userId, config));
    await syncDirectory(fresh.root);
    await rename(fresh.root, join(directory, userId));
    await syncDirectory(directory);
  } catch (error) {
    await removeTree(fresh.root);
    const code = errorCode(error);
    if (code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOTDIR")
      throw new WorkspaceExistsError(userId, error);
    throw new StateDirectoryError(
      directory,
      `workspace "${userId}" cannot be made there; see the cause`,
      error,
    );
  }
}

async function readConfig(userId: string, paths: WorkspacePaths): Promise<WorkspaceConfig> {
  let text: string;
  try {
    text = await readFile(paths.config, "utf8");
  } catch (error) {
    const missing = errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR";
    if (missing && !(await isDirectory(paths.root))) throw new WorkspaceNotFoundError(userId, error);
    throw new WorkspaceCorruptError(userId, paths.config, "cannot be read", error);
  }
  return parseWorkspaceConfigFile(userId, paths.config, text);
}

async function remove(directory: string, userId: string, paths: WorkspacePaths): Promise<void> {
  if (!(await isDirectory(paths.root))) throw new WorkspaceNotFoundError(userId);
  await refuseWhileBusy(userId, paths);
  const trash = pathsInside(join(directory, trashName()));
  await renameOrMissing(userId, paths.root, trash.root);
  try {
    // A run may have begun between the first look and the rename; it holds on to the moved directory.
    await refuseWhileBusy(userId, trash);
  } catch (error) {
    await rename(trash.root, paths.root);
    throw error;
  }
  await syncDirectory(directory);
  await removeTree(trash.root);
}

async function refuseWhileBusy(userId: string, paths: WorkspacePaths): Promise<void> {
  const sessionId = await findLockedSession(paths.sessions);
  if (sessionId !== undefined) throw new WorkspaceBusyError(userId, sessionId);
}

async function renameOrMissing(userId: string, from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (errorCode(error) === "ENOENT") throw new WorkspaceNotFoundError(userId, error);
    throw new StateDirectoryError(from, "it cannot be removed; see the cause", error);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  const found = await lstat(path).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return undefined;
    throw new StateDirectoryError(path, "it cannot be looked at; see the cause", error);
  });
  return found?.isDirectory() === true;
}
