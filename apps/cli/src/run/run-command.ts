import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { createPlatform, type RunSandboxOptions } from "@cloison/platform";
import { chooseModel } from "../model-choice.ts";
import { compareSights } from "../sight/compare-sights.ts";
import { defaultSourceTree, sourceTreeAt } from "../source-tree.ts";
import { findLeftFiles, listFiles } from "./left-files.ts";
import { openModel } from "./open-model.ts";
import { openWorkspace } from "./open-workspace.ts";
import type { RunView } from "./run-view.ts";

/** The arguments of `cloison run`, as the command line gave them. */
export interface RunFlags {
  readonly message: string;
  readonly dir?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly baseUrl?: string;
  readonly fallback?: readonly string[];
  readonly session?: string;
  readonly stateDir?: string;
  readonly bestEffort?: boolean;
}

export interface RunContext {
  readonly env: NodeJS.ProcessEnv;
  readonly view: RunView;
  /** Aborting ends the run and its sandbox. */
  readonly signal: AbortSignal;
}

/**
 * The main job: a workspace with a copy of a source tree, one message to the agent, what it did, and what it
 * could see.
 *
 * @throws {CliError} and the errors of `@cloison/platform`, `@cloison/agent` and `@cloison/sandbox`
 */
export async function runCommand(flags: RunFlags, { env, view, signal }: RunContext): Promise<void> {
  const started = performance.now();
  const choice = chooseModel(flags, env);
  const tree = flags.dir === undefined ? await defaultSourceTree() : await sourceTreeAt(flags.dir);
  await using model = await openModel(choice, env);
  const stateDir = resolve(flags.stateDir ?? defaultStateDirectory(env));
  const sandbox: RunSandboxOptions = flags.bestEffort ? { enforce: "best-effort" } : {};
  const platform = createPlatform({ stateDir, sandbox, apiKeys: model.apiKeys });
  const { workspace, copied } = await openWorkspace(platform, tree, {
    keep: flags.session !== undefined,
    target: model.target,
  });
  const { message } = flags;
  const { filesDir } = workspace;
  view.started({ model: choice, message, title: tree.title, filesDir, copied });
  const before = await listFiles(filesDir);
  const result = await workspace.run({
    ...model.target,
    fallbacks: flags.fallback,
    message,
    sessionId: flags.session,
    signal,
    onEvent: view.event,
  });
  const left = await findLeftFiles(filesDir, before);
  view.ended({ result, durationMs: performance.now() - started, left });
  const paths = [homedir(), stateDir, tree.path, "/etc/shadow"];
  view.sights(await compareSights({ paths, secrets: model.secrets, sandbox, signal }));
}

/** XDG Base Directory Specification 0.8: a relative path in the variable is to be ignored. */
function defaultStateDirectory(env: NodeJS.ProcessEnv): string {
  const base = env.XDG_STATE_HOME?.startsWith("/") ? env.XDG_STATE_HOME : join(homedir(), ".local", "state");
  return join(base, "cloison");
}
