import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** The built `cloison-sandbox` command. */
export const cliMain = join(import.meta.dirname, "../../dist/tools/cli/main.js");

/** An environment in which nothing asks for colours or against them. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const { FORCE_COLOR: _force, NO_COLOR: _no, CI: _ci, ...others } = process.env;
  return others;
}

/** Runs the command and waits for its end. @param node options of Node itself */
export function runCli(args: readonly string[], node: readonly string[] = []) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...node, cliMain, ...args], {
    encoding: "utf8",
    env: plainEnvironment(),
  });
  return { status, stdout, stderr };
}
