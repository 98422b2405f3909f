import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { lanes } from "./support/as-user.ts";
import { useCli } from "./support/cli-in-lane.ts";
import { runCli } from "./support/run-cli.ts";

const noScript =
  spawnSync("script", ["--version"]).status === 0 ? "" : " (skipped: no script(1) to make a terminal)";

test("a shell without a terminal is refused: exit code 125, and what to do", () => {
  const { status, stdout, stderr } = runCli(["shell"]);
  expect({ status, stdout }).toEqual({ status: 125, stdout: "" });
  expect(stderr).toMatch(/^cloison-sandbox shell: a shell needs a terminal.*exec/);
  expect(runCli(["shell", "ls"]).stderr).toMatch(/unknown argument "ls".*exec/);
});

/** Without what script(1) and a terminal's line discipline add. */
const plain = (shown: string) => shown.replaceAll(/\r|\^@|\^D|[\0\b]/g, "");

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined || noScript !== "")(
    `cloison-sandbox in a terminal, ${lane.title}${noScript}`,
    () => {
      const { sh } = useCli(lane);

      test("exec gives the program a terminal of its own, of the same size, and its exit code", async () => {
        const { code, stdout } = await sh(
          `script -qec "stty cols 91 rows 17; $box sh -c 'tty; stty size; echo told >&2; exit 5'" /dev/null < /dev/null`,
        );
        expect(code).toBe(5);
        expect(plain(stdout)).toContain("/dev/pts/0\n17 91\ntold\n");
      });

      test("exec tells in the terminal what was denied", async () => {
        const { code, stdout } = await sh(
          `script -qec "$box sh -c 'unshare -U true; exit 3'; $box --timeout 100ms sleep 60" /dev/null < /dev/null`,
        );
        expect(code).toBe(124);
        expect(stdout).toMatch(/cloison-sandbox exec: denied \(seccomp\): unshare/);
        expect(stdout).toMatch(/cloison-sandbox exec: denied \(time\): --timeout/);
      });

      test("exec has pipes where only one side is a terminal", async () => {
        const { stdout } = await sh(
          `script -qec "$box sh -c 'test -t 0 || test -t 1 || echo pipes' | cat" /dev/null < /dev/null`,
        );
        expect(plain(stdout)).toContain("pipes\n");
      });

      test("shell runs what is typed, on what is mounted, and passes its exit code on", async () => {
        const { code, stdout } = await sh(`
          mkdir -p work; echo kept > work/file
          printf 'read -r x < file; echo "<$x $((6 * 7))>" > made; exit 9\\r' |
            script -qec "\${box% exec*} shell \${box#* exec} --rw work" /dev/null
          echo "code $?"; cat work/made`);
        expect(code).toBe(0);
        expect(stdout).toMatch(/code 9\n<kept 42>\n$/);
      });
    },
  );
