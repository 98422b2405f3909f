import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { WorkspaceExistsError } from "./errors/state-errors.ts";
import { readOptions } from "./options/option-reader.ts";
import { type PlatformOptions, readSetup, setupNames } from "./options/platform-options.ts";
import { openPlatform, type Platform } from "./platform.ts";
import type { Workspace } from "./workspace.ts";

/** Options of `createRuntime`: those of `createPlatform`, of which none is required. */
export interface RuntimeOptions extends Omit<PlatformOptions, "stateDir"> {
  /** Default: `$XDG_STATE_HOME/cloison`, or `~/.local/state/cloison`. */
  readonly stateDir?: string | undefined;
}

/** A platform for one user: one workspace, in the same sandbox as any other. */
export interface Runtime extends Omit<Workspace, "userId"> {
  readonly stateDir: string;
}

/** The one workspace of a runtime. */
const USER = "default";

/**
 * Opens the user's own workspace, and makes it at the first time.
 *
 * @throws InvalidOptionError, StateDirectoryError, WorkspaceCorruptError
 */
export async function createRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const reader = readOptions("createRuntime", options, ["stateDir", ...setupNames]);
  const stateDir = resolve(
    reader.optionalText("stateDir") ?? defaultStateDirectory(process.env.XDG_STATE_HOME),
  );
  const workspace = await openOrCreate(openPlatform(stateDir, readSetup(reader, options)));
  const { userId: _, ...rest } = workspace;
  return { stateDir, ...rest };
}

/** XDG Base Directory Specification 0.8: a relative path in the variable is to be ignored. */
function defaultStateDirectory(xdgStateHome: string | undefined): string {
  const base = xdgStateHome?.startsWith("/") ? xdgStateHome : join(homedir(), ".local", "state");
  return join(base, "cloison");
}

async function openOrCreate(platform: Platform): Promise<Workspace> {
  if (await platform.workspaceExists(USER)) return platform.getWorkspace(USER);
  try {
    return await platform.createWorkspace(USER);
  } catch (error) {
    // Another process was faster.
    if (error instanceof WorkspaceExistsError) return platform.getWorkspace(USER);
    throw error;
  }
}
