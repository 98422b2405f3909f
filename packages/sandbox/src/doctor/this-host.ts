import { accessSync, constants, readdirSync, readFileSync, realpathSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { launcherPath } from "../launcher/launcher-path.ts";
import { programDirectories } from "../policy/subordinate-ids.ts";
import type { Act, Attempt } from "./act.ts";
import type { Host, LauncherFacts } from "./host.ts";
import { isStatic } from "./linking.ts";
import { trySandbox } from "./sandbox-trial.ts";
import { tryActs } from "./try-acts.ts";

function orElse<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise; // what cannot be read is not there for us, whatever the reason
  }
}

function mayAccess(path: string, mode: number): boolean {
  return orElse(() => accessSync(path, mode) === undefined, false);
}

function findLauncher(): LauncherFacts {
  try {
    const path = realpathSync(launcherPath());
    return { path, linking: isStatic(readFileSync(path)) ? "static" : "dynamic" };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function hasProgram(name: string): boolean {
  return programDirectories.some((directory) => mayAccess(join(directory, name), constants.X_OK));
}

/** Also where the launcher cannot be started, whose layer tells it. */
const untried: ReadonlyMap<Act, Attempt> = new Map();

/** This machine, with every act of the launcher tried once. */
export async function thisHost(): Promise<Host> {
  const directory = orElse(() => realpathSync(process.cwd()), tmpdir());
  const launcher =
    process.platform === "linux" ? findLauncher() : { problem: "there is none for this system" };
  const attempts: ReadonlyMap<Act, Attempt> =
    "path" in launcher ? await tryActs(directory).catch(() => untried) : untried;
  return {
    platform: process.platform,
    arch: process.arch,
    uid: process.geteuid?.() ?? 0,
    userName: orElse(() => userInfo().username, undefined),
    directory,
    launcher,
    read: (path) => orElse(() => readFileSync(path, "utf8").trim(), undefined),
    writable: (path) => mayAccess(path, constants.W_OK),
    list: (path) => orElse(() => readdirSync(path), []),
    hasProgram,
    tried: (act) => attempts.get(act) ?? { outcome: "untried" },
    trySandbox,
  };
}
