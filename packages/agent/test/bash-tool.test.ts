import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { bashTool } from "../src/worker/tools/bash.ts";
import { callTool } from "./support/call-tool.ts";
import { processEnded } from "./support/process-ended.ts";
import { createTemporaryDirectory } from "./support/temporary-directory.ts";

const bash = (command: string, rest: object = {}) => callTool(bashTool, { command, ...rest });

/** The error's message, for a call that must fail. */
const failure = (command: string, rest: object = {}) =>
  bash(command, rest).then(
    (text) => expect.unreachable(`did not fail: ${text}`),
    (error: Error) => error.message,
  );

test("returns stdout and stderr in the order in which they were written", async () => {
  expect(await bash("echo 1; echo 2 >&2; echo 3; echo 4 >&2")).toBe("1\n2\n3\n4");
});

test("says so when there is no output", async () => {
  expect(await bash("true")).toBe("(no output)");
});

test("fails with the output and the code when the exit code is not 0", async () => {
  expect(await failure("echo partial; exit 3")).toBe("partial\n\nCommand exited with code 3.");
});

test("names the signal that killed the command", async () => {
  expect(await failure("kill -KILL $$")).toContain("Command was killed by SIGKILL.");
});

test("lets programs open /dev/stdout and /dev/stderr", async () => {
  expect(await bash("echo out > /dev/stdout; echo err > /dev/stderr")).toBe("out\nerr");
});

test("passes quotes, newlines and dollars to bash untouched", async () => {
  expect(await bash(`x='a "b" \\ $c'\nprintf '%s\\n' "$x" '$(echo no)'`)).toBe(`a "b" \\ $c\n$(echo no)`);
});

test("gives the command its output twice, and no third descriptor of it that a daemon would keep", async () => {
  expect(await bash('ls -l /proc/$$/fd | grep -cF "$(readlink /proc/$$/fd/2)"')).toBe("2");
});

test("gives the command no standard input", async () => {
  expect(await bash("cat; echo done")).toBe("done");
});

test("removes escape sequences and control characters", async () => {
  expect(await bash(`printf '\\033[31mred\\033[0m \\033]0;title\\007\\000bell\\007 50%%\\r100%%\\n'`)).toBe(
    "red bell 50%\n100%",
  );
});

test("keeps the end of a long output, and all of it in a file", async () => {
  const text = await bash("seq 1 100000");
  const [shown, note] = text.split("\n\n[");
  expect(shown?.split("\n").at(-1)).toBe("100000");
  expect(Buffer.byteLength(shown ?? "")).toBeLessThanOrEqual(50 * 1024);
  const path = /All of it is in (\S+)\.\]$/.exec(note ?? "")?.[1] ?? "";
  expect(readFileSync(path, "utf8")).toBe(`${Array.from({ length: 100000 }, (_, i) => i + 1).join("\n")}\n`);
});

test("keeps the last 2000 of many short lines", async () => {
  const text = await bash("seq 1 3000");
  expect(text.split("\n").slice(0, 2)).toEqual(["1001", "1002"]);
  expect(text).toMatch(/\[Only the end of 13893 bytes of output is shown\. All of it is in .*\]$/);
});

test("kills the command when the time is up", async () => {
  using directory = createTemporaryDirectory();
  const message = await failure(`echo $$ > ${directory.at("pid")}; sleep 1000`, { timeoutMs: 2000 });
  expect(message).toBe("(no output)\n\nCommand timed out after 2000 ms; it and its children were killed.");
  await processEnded(Number(readFileSync(directory.at("pid"), "utf8")));
});

test("kills every descendant, also those in groups and sessions of their own", async () => {
  using directory = createTemporaryDirectory();
  const pids = directory.at("pids");
  const abort = new AbortController();
  const note = `echo $! >> ${pids}`;
  const command =
    `set -m; sleep 1000 & ${note}; (sleep 1000 & ${note}; wait) & ${note}; ` +
    `setsid sh -c 'echo $$ >> ${pids}; exec sleep 1000' & ` +
    `env -i /bin/sleep 1000 & ${note}; ` +
    `env -i /usr/bin/setsid --wait /bin/sh -c 'echo $$ >> ${pids}; exec /bin/sleep 1000' & ` +
    `while [ "$(wc -l < ${pids})" -lt 6 ]; do :; done; echo all are up; wait`;
  const running = callTool(
    bashTool,
    { command },
    {
      signal: abort.signal,
      onUpdate: (text) => {
        if (text.includes("all are up")) abort.abort();
      },
    },
  );
  await expect(running).rejects.toThrow("Command aborted.");
  const started = readFileSync(pids, "utf8").trim().split("\n").map(Number);
  expect(started).toHaveLength(6);
  await Promise.all(started.map(processEnded));
});

test("does not wait for a background process that holds the output open", async () => {
  using directory = createTemporaryDirectory();
  const go = directory.at("go");
  const proof = directory.at("proof");
  const text = await bash(
    `(until [ -e ${go} ]; do sleep 0.01; done; head -c 1000000 /dev/zero && echo alive > ${proof}) & echo started`,
  );
  expect(text).toBe("started");
  // It still lives, and is not killed by SIGPIPE when it writes.
  directory.file("go", "");
  while (!existsSync(proof)) await new Promise((resolve) => setImmediate(resolve));
});

test("does not wait for ever for a daemon that left its session and its environment", async () => {
  using directory = createTemporaryDirectory();
  const pid = directory.at("pid");
  const text = await bash(
    `env -i /usr/bin/setsid /bin/sh -c 'echo $$ > ${pid}; exec /bin/sleep 1000' & while [ ! -s ${pid} ]; do :; done; echo up`,
  );
  expect(text).toBe("up");
  process.kill(Number(readFileSync(pid, "utf8")), "SIGKILL");
});

test("offers the output while the command runs", async () => {
  using directory = createTemporaryDirectory();
  const updates: string[] = [];
  const fifo = directory.at("fifo");
  const onUpdate = (text: string) => updates.push(text);
  const running = callTool(
    bashTool,
    { command: `mkfifo ${fifo}; echo first; read x < ${fifo}; echo last` },
    { onUpdate },
  );
  while (!updates.includes("first\n")) await new Promise((resolve) => setImmediate(resolve));
  directory.file("fifo", "go on\n");
  expect(await running).toBe("first\nlast");
});

test("refuses a command that execve would not take, and says what to do", async () => {
  expect(await failure(`true ${"x".repeat(200_000)}`)).toBe(
    "The command is longer than 128 KB: write it to a file and run that.",
  );
});
