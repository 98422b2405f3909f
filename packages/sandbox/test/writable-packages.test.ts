import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { lanes, useHost } from "./support/as-user.ts";

const boundMs = 120_000;

const withoutNpm = existsSync("/usr/bin/npm") ? "" : " (skipped: no /usr/bin/npm)";
const python = (module: string) => spawnSync("/usr/bin/python3", ["-c", `import ${module}`]).status === 0;
const withoutPip = python("pip") ? "" : " (skipped: no pip of the system's python3)";
const withoutVenv = python("ensurepip") ? "" : " (skipped: no venv of the system's python3)";

/** A wheel made by hand: nothing has to be built. */
const makeWheel = `
import zipfile
with zipfile.ZipFile("greet-1.0-py3-none-any.whl", "w") as wheel:
    wheel.writestr("greet.py", "def main(): print('greetings')")
    info = "greet-1.0.dist-info/"
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: greet\\nVersion: 1.0\\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: hand\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "entry_points.txt", "[console_scripts]\\ngreet = greet:main\\n")
    wheel.writestr(info + "RECORD", "")
`;

for (const lane of lanes.filter(({ kind }) => kind !== "user"))
  describe.skipIf(lane.skipped !== undefined)(`in a writable system, ${lane.title},`, () => {
    const at = useHost(lane);

    /** Runs a script in a sandbox, then another one in the next, which must know nothing of it. */
    function run(script: string, later: string) {
      return at.evaluate(
        async ({ withSandbox, output }, words) => {
          const options = { writableSystem: { sizeMb: 256 }, limits: { memoryMb: 1024, pids: 256 } };
          const first = await withSandbox(options, (sandbox) =>
            output(sandbox, ["sh", "-ec", `cd /tmp\n${words.script}`]),
          );
          const next = await withSandbox(options, (sandbox) => sandbox.commands.run(words.later));
          return { first: first.split("\n").at(-1), next: next.exitCode };
        },
        { script, later },
      );
    }

    test.skipIf(withoutNpm !== "")(
      `npm installs a program for everybody, which vanishes${withoutNpm}`,
      async () => {
        const script = [
          "mkdir greet && cd greet",
          `echo '{ "name": "greet", "version": "1.0.0", "bin": "greet.js" }' > package.json`,
          `printf '#!/usr/bin/env node\\nconsole.log("greetings")\\n' > greet.js`,
          "npm pack --silent",
          "npm install --global --offline --no-audit --no-fund ./greet-1.0.0.tgz",
          "cd / && greet",
        ].join("\n");
        expect(await run(script, "greet")).toEqual({ first: "greetings", next: 127 });
      },
      boundMs,
    );

    test.skipIf(withoutPip !== "")(
      `pip installs a package for everybody, which vanishes${withoutPip}`,
      async () => {
        const pip = "/usr/bin/python3 -m pip";
        const broken = `$(${pip} install --help | grep -o -m 1 -e --break-system-packages || true)`;
        const script = [
          `/usr/bin/python3 - <<'END'${makeWheel}END`,
          `${pip} install --no-index --no-input --quiet --no-warn-script-location ${broken} ./greet-1.0-py3-none-any.whl`,
          "cd / && greet",
        ].join("\n");
        expect(await run(script, "/usr/bin/python3 -c 'import greet'")).toEqual({
          first: "greetings",
          next: 1,
        });
      },
      boundMs,
    );

    test.skipIf(withoutVenv !== "")(
      `python makes an environment in /opt${withoutVenv}`,
      async () => {
        const script = [
          "/usr/bin/python3 -m venv /opt/own",
          `/usr/bin/python3 - <<'END'${makeWheel}END`,
          "/opt/own/bin/pip install --no-index --quiet ./greet-1.0-py3-none-any.whl",
          "/opt/own/bin/greet",
        ].join("\n");
        expect(await run(script, "ls /opt/own")).toEqual({ first: "greetings", next: 2 });
      },
      boundMs,
    );
  });
