import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CommandHandle, Sandbox } from "../src/index.ts";
import { useHere } from "./support/here.ts";
import { descendants, isRunning, runningWith } from "./support/traces.ts";

const { create, until, output, withEnoughTime } = useHere();
let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await create();
});
afterEach(() => sandbox?.kill());

function sha256(data: Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Processor time in ticks that the processes which this one started for commands have used. */
function ticksOfLaunchers(): number {
  const launchers = descendants(process.pid).filter((pid) => runningWith("cloison-init\0join").includes(pid));
  return launchers
    .map((pid) => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [])
    .reduce((sum, fields) => sum + Number(fields[11]) + Number(fields[12]), 0);
}

describe("the streams of a command", () => {
  test("carry 50 MB of any bytes in and out unchanged", async () => {
    const input = randomBytes(50 * 2 ** 20);
    const handle = await sandbox.commands.start(["cat"]);
    handle.stdin.end(input);
    expect(sha256(await readAll(handle.stdout))).toBe(sha256(input));
    expect(await handle.wait()).toMatchObject({ exitCode: 0 });
    const hashed = await sandbox.commands.run("sha256sum", { stdin: input });
    expect(hashed.stdout).toBe(`${sha256(input)}  -\n`);
  });

  test("end the input when the host ends it, and not before", async () => {
    const handle = await sandbox.commands.start(["cat"]);
    handle.stdin.write("one ");
    const [first] = await Promise.all([new Promise((resolve) => handle.stdout.once("data", resolve))]);
    expect(String(first)).toBe("one ");
    handle.stdin.end("two");
    expect(String(await readAll(handle.stdout))).toBe("two");
    expect((await sandbox.commands.run("cat; echo end")).stdout).toBe("end\n");
  });

  test("hold a writer back when nobody reads, with bounded memory", async () => {
    const before = process.memoryUsage().rss;
    const script =
      "block=$(printf %065536d 0); i=0; while printf $block; do i=$((i + 1)); echo $i > /tmp/blocks; done";
    const handle = await sandbox.commands.start(script);
    let blocks = "";
    let still = 0;
    // The writer stands still once every buffer on the way is full.
    const standsStill = async () => {
      const now = (await sandbox.commands.run("cat /tmp/blocks")).stdout;
      still = now === blocks && now !== "" ? still + 1 : 0;
      blocks = now;
      return still === 20;
    };
    expect(await until(standsStill)).toBe(true);
    expect(Number(blocks)).toBeLessThan(32);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20);
    let read = 0;
    for await (const chunk of handle.stdout.iterator({ destroyOnReturn: false })) {
      read += chunk.length;
      if (read > 8 * 2 ** 20) break;
    }
    expect(await handle.kill().then(() => handle.wait())).toMatchObject({ signal: "SIGKILL" });
  });

  test("keep what was written for a reader who comes late", async () => {
    const handle = await sandbox.commands.start("echo out; echo err >&2");
    expect(await until(() => !isRunning(handle.pid))).toBe(true);
    await output(sandbox, "true"); // the host's event loop turns meanwhile
    expect([String(await readAll(handle.stdout)), String(await readAll(handle.stderr))]).toEqual([
      "out\n",
      "err\n",
    ]);
    expect(await handle.wait()).toMatchObject({ exitCode: 0 });
  });

  test("lose nothing of what was written before the host could look", async () => {
    const bytes = 900_000;
    const starting = sandbox.commands.start(["/opt/probe", "write-at-once", String(bytes)]);
    // Nothing of this process runs meanwhile: what the launcher tells and the output are there at once.
    for (const end = performance.now() + 300; performance.now() < end; );
    const handle = await starting;
    expect((await readAll(handle.stdout)).length).toBe(bytes);
    await handle.wait();
  });

  test("lose nothing of a large pipe's content when the reader is slow", async () => {
    const bytes = 900_000;
    const handle = await sandbox.commands.start(["/opt/probe", "write-at-once", String(bytes)]);
    expect(await until(() => !isRunning(handle.pid))).toBe(true);
    // Longer than the launcher waits for a pipe that somebody else may hold; that it goes by is all there is to see.
    const begin = performance.now();
    await until(() => performance.now() - begin > 600);
    expect((await readAll(handle.stdout)).length).toBe(bytes);
  });

  test("cost nothing while a process left behind holds them and nobody reads", async () => {
    const handle = await sandbox.commands.start("yes & exit 0");
    expect(await until(() => !isRunning(handle.pid))).toBe(true);
    const begin = performance.now();
    await until(() => performance.now() - begin > 400);
    const before = ticksOfLaunchers();
    await until(() => performance.now() - begin > 1000);
    expect(ticksOfLaunchers() - before).toBeLessThan(20); // of the 60 that a busy loop uses
    handle.stdout.resume();
    await handle.wait();
  });

  test("closed by the host end a writer as in a pipeline", async () => {
    const handle = await sandbox.commands.start(["yes"]);
    handle.stdout.destroy();
    expect(await handle.wait()).toMatchObject({ exitCode: null, signal: "SIGPIPE" });
  });

  test("closed by the command do not disturb a host that writes", async () => {
    const handle = await sandbox.commands.start("exec <&-; echo closed; sleep 0.05");
    for (let i = 0; i < 64; i++) handle.stdin.write(Buffer.alloc(2 ** 16));
    expect(String(await readAll(handle.stdout))).toBe("closed\n");
    expect(await handle.wait()).toMatchObject({ exitCode: 0 });
  });
});

describe("run", () => {
  test("keeps the first bytes of each stream and counts the rest", async () => {
    const chunks: number[] = [];
    const run = await sandbox.commands.run(
      "head -c 3000000 /dev/zero | tr '\\0' a; head -c 70 /dev/zero | tr '\\0' b >&2",
      {
        maxOutputBytes: 50,
        onStdout: (chunk) => chunks.push(chunk.length),
      },
    );
    expect([run.stdout, run.stderr]).toEqual(["a".repeat(50), "b".repeat(50)]);
    expect(run.truncated).toEqual({ stdout: 2_999_950, stderr: 20 });
    expect(chunks.reduce((sum, length) => sum + length, 0)).toBe(3_000_000);
    expect((await sandbox.commands.run("head -c 2000000 /dev/zero")).truncated.stdout).toBe(
      2_000_000 - 2 ** 20,
    );
  });

  test("does not wait for a process left behind that holds its streams", async () => {
    const run = await sandbox.commands.run("echo first; (sleep 300; echo never) & exit 4");
    expect(run).toMatchObject({ exitCode: 4, stdout: "first\n", timedOut: false });
  });
});

describe("a time limit", () => {
  test("that passes after the command's own end, while its output is awaited, is not told as one", async () => {
    const bytes = 900_000; // more than there is room for on the way to a host that does not read
    const seen = await withEnoughTime(async (timeoutMs) => {
      const begun = performance.now();
      const script = `/opt/probe write-at-once ${bytes}; kill -KILL $$`;
      const handle = await sandbox.commands.start(script, { timeoutMs });
      await until(() => !isRunning(handle.pid));
      if (performance.now() - begun >= timeoutMs) return undefined;
      await sandbox.commands.run("sleep 300", { timeoutMs }); // over after the first one's time
      return { read: (await readAll(handle.stdout)).length, exit: await handle.wait() };
    });
    expect(seen).toMatchObject({ read: bytes, exit: { signal: "SIGKILL", timedOut: false } });
  });
});

describe("a channel", () => {
  const echo = 'while read -r line <&3; do echo "got $line" >&3; done';

  function channelOf(handle: CommandHandle) {
    if (handle.channel === undefined) throw new TypeError("no channel");
    return handle.channel;
  }

  test("is descriptor 3 of the command, in both directions, to its end", async () => {
    const handle = await sandbox.commands.start(echo, { channel: true });
    const channel = channelOf(handle);
    channel.write("one\ntwo\n");
    let seen = "";
    for await (const chunk of channel) {
      seen += chunk;
      if (seen === "got one\ngot two\n") channel.end();
    }
    expect(await handle.wait()).toMatchObject({ exitCode: 0 });
    expect((await sandbox.commands.start("true")).channel).toBeUndefined();
  });

  test("that a process left behind holds does not keep the command from ending", async () => {
    const handle = await sandbox.commands.start("sleep 300 & exit 5", { channel: true });
    expect(await handle.wait()).toMatchObject({ exitCode: 5 });
  });
});
