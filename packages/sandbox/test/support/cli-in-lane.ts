import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll } from "vitest";
import { type Lane, useHost } from "./as-user.ts";
import { plainEnvironment } from "./run-cli.ts";

const packageDirectory = join(import.meta.dirname, "../..");

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * What a test's script begins with: `box` is `cloison-sandbox exec`, as the lane's user calls it. `$box` is the same,
 * for the background: of a function `$!` would be the shell that runs it.
 */
const prelude = (node: string, main: string, bestEffort: string) => `
  set -u
  node=${node}
  package=${main.replace("/dist/tools/cli/main.js", "")}
  box="${node} ${main} exec ${bestEffort}"
  box() { $box "$@"; }
`;

/** The built command line, copied to where a lane's user can read it, and run by a shell of that user. */
export function useCli(lane: Lane) {
  const at = useHost(lane);
  let main = "";
  beforeAll(() => {
    const copy = join(dirname(at.host.directory), "command-line");
    mkdirSync(copy);
    cpSync(join(packageDirectory, "dist"), join(copy, "dist"), { recursive: true });
    cpSync(join(packageDirectory, "package.json"), join(copy, "package.json"));
    main = join(copy, "dist/tools/cli/main.js");
  });
  const node = () => join(dirname(at.host.directory), "node");
  const bestEffort = lane.enforce === "best-effort" ? "--best-effort" : "";
  return {
    at,
    /** Runs a shell's script in the user's directory, with nothing on its standard input. */
    sh(script: string): Promise<Outcome> {
      const whole = prelude(node(), main, bestEffort) + script;
      return at.evaluate(
        async ({ spawn }, { script, cwd, env }) => {
          const child = spawn("/bin/sh", ["-c", script], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
          const taken = { stdout: "", stderr: "" };
          child.stdout.setEncoding("utf8").on("data", (text) => (taken.stdout += text));
          child.stderr.setEncoding("utf8").on("data", (text) => (taken.stderr += text));
          const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
          return { code, ...taken };
        },
        { script: whole, cwd: at.host.directory, env: { ...plainEnvironment(), HOME: at.host.directory } },
      );
    },
    write(name: string, text: string): void {
      writeFileSync(join(at.host.directory, name), text);
    },
  };
}
