import { describe, expect, test } from "vitest";
import { lanes } from "./support/as-user.ts";
import { useCli } from "./support/cli-in-lane.ts";
import { patience } from "./support/this-machine.ts";

/** Of a stream that goes in and comes back. */
const streamBytes = Math.floor(100_000_000 / patience ** 2);

for (const lane of lanes)
  describe.skipIf(lane.skipped !== undefined)(`cloison-sandbox exec, ${lane.title}`, () => {
    const { sh } = useCli(lane);
    /** Without the line that tells what best effort leaves out. */
    const said = (stderr: string) =>
      stderr
        .split("\n")
        .filter((line) => !line.includes(": best effort: "))
        .join("\n");

    test("passes input, output, errors and the exit code through", async () => {
      const { code, stdout, stderr } = await sh("echo given | box -- sh -c 'cat; echo told >&2; exit 7'");
      expect({ code, stdout, stderr: said(stderr) }).toEqual({
        code: 7,
        stdout: "given\n",
        stderr: "told\n",
      });
    });

    test.each([
      ["true", 0],
      ["false", 1],
      ["sh -c 'kill -TERM $$'", 128 + 15],
      ["--timeout 200ms sh -c 'trap \"\" TERM; while :; do :; done'", 124],
      ["--cwd /not/there true", 125],
      ["/etc/passwd", 126],
      ["not-there", 127],
    ])("box %s: exit code %d", async (words, code) => {
      expect((await sh(`box ${words}`)).code).toBe(code);
    });

    test("is binary-safe and loses nothing of a large stream, from a file and from a pipe", async () => {
      const { stdout } = await sh(`
        head -c ${streamBytes} /dev/urandom > data
        sha256sum < data; box cat < data | sha256sum; cat data | box cat | sha256sum
        rm data`);
      const hashes = stdout.trim().split("\n");
      expect(hashes.length).toBe(3);
      expect(new Set(hashes).size).toBe(1);
    });

    test("ends a program whose output nobody reads any more, and one that waits for input that does not end", async () => {
      const { stdout, stderr } = await sh(`
        { box yes; echo $? > codes; } | head -1
        mkfifo endless; sleep 60 > endless & sleeper=$!
        box sh -c 'read -r line; echo never' < endless & waiting=$!
        box true < endless; echo $? >> codes
        kill $sleeper; wait $waiting; cat codes`);
      expect(stdout).toBe("y\nnever\n141\n0\n");
      expect(said(stderr).replace(/^.*Terminated.*\n/m, "")).toBe("");
    });

    test("ends with its program, not with what that leaves behind", async () => {
      const { code, stdout } = await sh("box sh -c 'sleep 60 & echo done'");
      expect({ code, stdout }).toEqual({ code: 0, stdout: "done\n" });
    });

    test("shows what is mounted and nothing else of the host's", async () => {
      const { stdout } = await sh(`
        mkdir -p work data; echo 1 > work/a; echo 2 > data/b; echo 3 > file; chmod -R a+rX .
        box --rw work --ro data --ro file:/etc-of-mine sh -c 'pwd; cat a /mnt/data/b /etc-of-mine; echo 4 > c; echo 5 > /mnt/data/d'
        cat work/c; ls data
        box sh -c 'pwd; ls -A'`);
      expect(stdout).toBe("/workspace\n1\n2\n3\n4\nb\n/home/agent\n");
    });

    test("passes no variable but those that are named", async () => {
      const { stdout } = await sh(`
        export MINE=1 OTHER=2; unset NONE
        box --env MINE --env NONE --env THEIRS='a=b c' sh -c 'echo "$MINE-\${OTHER-no}-\${NONE-no}-$THEIRS"'`);
      expect(stdout).toBe("1-no-no-a=b c\n");
    });

    test("has Node.js inside wherever it is installed", async () => {
      const { stdout } = await sh(`box node -e 'console.log(process.version, process.execPath)'`);
      expect(stdout).toBe(`${process.version} /opt/node/bin/node\n`);
    });

    test("tells what was denied, on standard error and where the program failed", async () => {
      const failed = await sh("box sh -c 'touch /usr/x'");
      expect(failed.code).toBe(1);
      expect(failed.stderr).toMatch(
        /^cloison-sandbox exec: denied \(filesystem\): read-only: \/usr\/x; .*--writable-system/m,
      );
      expect((await sh("box sh -c 'touch /usr/x; true'")).stderr).not.toMatch(/denied \(/);
      const late = await sh("box --timeout 100ms sleep 60");
      expect(late.stderr).toMatch(/denied \(time\): --timeout: .* after 100 ms/);
    });

    test("tells who gives it a shell's line what to do", async () => {
      const { code, stderr } = await sh("box 'echo a; echo b'");
      expect(code).toBe(127);
      expect(stderr).toContain("for a line of a shell use: sh -c 'echo a; echo b'");
    });

    test("writes what happens to a file, one event a line", async () => {
      const { stdout, code } = await sh("box --json log.jsonl sh -c 'exit 3'; cat log.jsonl");
      expect(code).toBe(0);
      const events = stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(events[0]).toMatchObject({ type: "sandbox.started", pid: expect.any(Number) });
      expect(events.at(-1)).toMatchObject({ type: "sandbox.ended", reason: "killed" });
      for (const event of events)
        expect(event).toMatchObject({ sandboxId: events[0].sandboxId, time: expect.any(Number) });
    });

    test("tells there what was denied, also by the program's own words", async () => {
      const { stdout } = await sh("box --json denied.jsonl sh -c 'touch /usr/x; true'; cat denied.jsonl");
      expect(stdout).toMatch(
        /\{"type":"command.denied",.*"time":\d+,.*"what":"read-only: \/usr\/x".*\}\n\{"type":"sandbox.ended"/,
      );
    });

    test("writes it beside the output to a file that is open already, and to a socket", async () => {
      const { stdout } = await sh(`
        echo before > both; box --json /dev/stdout echo said >> both; cat both
        box --json /dev/stderr echo said 2> errors > /dev/null; grep -c '^{' errors
        echo before > over; { echo first; box --json /dev/stdout echo said; echo last; } > over; cat over
        $node -e 'const { spawn } = require("node:child_process");
          const [node, ...words] = process.argv.slice(1);
          const child = spawn(node, words, { stdio: ["ignore", "inherit", "inherit", "pipe"] });
          child.stdio[3].pipe(process.stdout);
        ' -- $box --json /dev/fd/3 true`);
      const kind = (line: string) => (line.startsWith("{") ? JSON.parse(line).type : line);
      const all = ["sandbox.started", "command.started", "command.ended", "sandbox.ended"];
      const lines = stdout.trim().split("\n").map(kind);
      const both = lines.splice(0, 6);
      expect(both[0]).toBe("before");
      expect(new Set(both)).toEqual(new Set(["before", "said", ...all]));
      expect(lines.shift()).toBe("4");
      const over = lines.splice(0, 7);
      expect([over[0], over.at(-1)]).toEqual(["first", "last"]);
      expect(new Set(over)).toEqual(new Set(["first", "said", "last", ...all]));
      expect(lines).toEqual(all);
    });
  });
