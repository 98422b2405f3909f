import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileSeccomp, defaultSeccompProfile, type SeccompArch } from "../src/seccomp/index.ts";
import { syscallTable } from "../src/seccomp/syscall-table.ts";
import { copyPrebuilt, isPrebuilt } from "./support/this-machine.ts";

const arch: SeccompArch | undefined =
  process.arch === "x64" || process.arch === "arm64" ? process.arch : undefined;
const compiler = isPrebuilt("seccomp-probe") || spawnSync("cc", ["--version"]).status === 0;
const skipped =
  arch === undefined ? " (skipped: no filter for this machine)" : compiler ? "" : " (skipped: no cc)";

const directory = mkdtempSync(join(tmpdir(), "cloison-seccomp-"));
const probe = join(directory, "probe");
const filter = join(directory, "filter");
const victim = join(directory, "victim");

beforeAll(() => {
  if (arch === undefined || !compiler) return;
  writeFileSync(filter, compileSeccomp(defaultSeccompProfile, arch));
  writeFileSync(victim, "");
  if (copyPrebuilt("seccomp-probe", probe)) return;
  const source = join(import.meta.dirname, "seccomp-probe.c");
  const build = spawnSync("cc", ["-std=gnu17", "-O1", "-Wall", "-Wextra", "-o", probe, source], {
    encoding: "utf8",
  });
  expect(build.stderr).toBe("");
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Errno of one call made by the probe ("0" for success), or the signal that killed it. */
function outcome(filterPath: string, ...what: readonly string[]): string {
  const { stdout, stderr, signal } = spawnSync(probe, [filterPath, ...what], {
    cwd: directory,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  expect(stderr).toBe("");
  return signal ?? stdout.trim();
}

function call(name: string, ...args: readonly (number | bigint | string)[]): string[] {
  const number = syscallTable(arch ?? "x64").get(name);
  return ["call", String(number), ...args.map(String)];
}

const { EPERM, ENOSYS, EAFNOSUPPORT, ENOTTY, EINVAL } = constants.errno;
const high = 1n << 32n;
const onlyX64 = arch === "x64";

/** What is tried, what the filter makes of it, and the control: the outcome without it, where that is certain. */
const refusals: readonly {
  what: string;
  probe: string[];
  filtered: number | "SIGSYS";
  free?: number;
  x64?: true;
}[] = [
  { what: "a netlink socket", probe: call("socket", 16, 2, 0), filtered: EAFNOSUPPORT, free: 0 },
  {
    what: "a netlink socket with a high bit",
    probe: call("socket", 16n | high, 2, 0),
    filtered: EAFNOSUPPORT,
    free: 0,
  },
  { what: "a vsock", probe: call("socket", 40, 1, 0), filtered: EAFNOSUPPORT },
  { what: "a vsock with a high bit", probe: call("socket", 40n | high, 1, 0), filtered: EAFNOSUPPORT },
  {
    what: "a netlink socket pair",
    probe: call("socketpair", 16, 2, 0, 0),
    filtered: EAFNOSUPPORT,
  },
  { what: "a new mount namespace of a user's own", probe: call("unshare", 0x10020000), filtered: EPERM },
  { what: "a process in a user namespace", probe: call("clone", 0x10000011), filtered: EPERM },
  { what: "clone3", probe: call("clone3", 0, 0), filtered: ENOSYS, free: EINVAL },
  { what: "openat2", probe: call("openat2", -100, victim, 0, 0), filtered: ENOSYS, free: EINVAL },
  { what: "keyctl", probe: call("keyctl", 0, -3, 1), filtered: EPERM },
  { what: "io_uring", probe: call("io_uring_setup", 0, 0), filtered: EPERM },
  { what: "bpf", probe: call("bpf", 999, 0, 0), filtered: EPERM },
  { what: "TIOCSTI", probe: call("ioctl", 0, 0x5412, victim), filtered: EPERM, free: ENOTTY },
  {
    what: "TIOCSTI with a high bit",
    probe: call("ioctl", 0, 0x5412n | high, victim),
    filtered: EPERM,
    free: ENOTTY,
  },
  {
    what: "a set-uid file by fchmodat",
    probe: call("fchmodat", -100, victim, 0o4755),
    filtered: EPERM,
    free: 0,
  },
  {
    what: "a set-gid file by openat",
    probe: call("openat", -100, `${victim}.new`, 0o102, 0o2755),
    filtered: EPERM,
    free: 0,
  },
  {
    what: "a set-uid temporary file",
    probe: call("openat", -100, directory, 0o20200002, 0o4755),
    filtered: EPERM,
  },
  { what: "another personality", probe: call("personality", 0x0040000), filtered: EPERM, free: 0 },
  { what: "ptrace", probe: call("ptrace", 0, 0, 0, 0), filtered: EPERM, free: 0 },
  { what: "chmod u+s", probe: call("chmod", victim, 0o4755), filtered: EPERM, free: 0, x64: true },
  { what: "an x32 getpid", probe: ["call", String(0x40000000 + 39)], filtered: "SIGSYS", x64: true },
  { what: "getpid by int 0x80", probe: ["int80"], filtered: "SIGSYS", x64: true },
];

describe.skipIf(skipped !== "")(`under the default filter in this kernel${skipped}`, () => {
  for (const { what, probe: words, filtered, free, x64 } of refusals) {
    test.skipIf(x64 === true && !onlyX64)(`${what} is refused, and is not without the filter`, ({ skip }) => {
      expect(outcome(filter, ...words)).toBe(String(filtered));
      const without = outcome("-", ...words);
      if (free !== undefined) expect(without).toBe(String(free));
      else skip(without === String(filtered), "this machine refuses it in the same way without the filter");
    });
  }

  test("a number that no kernel has fails with ENOSYS, and ordinary calls succeed", () => {
    expect(outcome(filter, "call", "1000")).toBe(String(ENOSYS));
    expect(outcome(filter, ...call("getpid"))).toBe("0");
    expect(outcome(filter, ...call("socket", 1, 1, 0))).toBe("0");
    expect(outcome(filter, ...call("socket", 2, 1, 6))).toBe("0");
    expect(outcome(filter, ...call("clone", 17))).toBe("0");
    expect(outcome(filter, ...call("fchmodat", -100, victim, 0o755))).toBe("0");
  });

  test("it is in force: Seccomp 2 and one filter in /proc/self/status", () => {
    const status = run("cat", "/proc/self/status");
    expect(status).toMatch(/^Seccomp:\t2$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
  });
});

function run(program: string, ...args: readonly string[]): string {
  const result = spawnSync(probe, [filter, "run", program, ...args], { cwd: directory, encoding: "utf8" });
  expect({ stderr: result.stderr, status: result.status, signal: result.signal }).toMatchObject({
    status: 0,
    signal: null,
  });
  return result.stdout;
}

const nodeProgram = `
  const { Worker } = require("node:worker_threads");
  const { execFileSync } = require("node:child_process");
  const net = require("node:net"), fs = require("node:fs");
  new Worker("require('node:worker_threads').parentPort.postMessage(6 * 7)", { eval: true }).once("message", (n) => {
    fs.watch(".").close();
    const server = net.createServer((socket) => socket.end(execFileSync("echo", [String(n)]))).listen(0, "127.0.0.1", () => {
      net.connect(server.address().port, "127.0.0.1").on("data", (data) => { process.stdout.write(data); server.close(); });
    });
  });`;

const pythonProgram = `
import sqlite3, subprocess, threading, tempfile, os, multiprocessing
results = []
threads = [threading.Thread(target=results.append, args=(n,)) for n in range(8)]
[thread.start() for thread in threads]; [thread.join() for thread in threads]
database = sqlite3.connect(os.path.join(tempfile.mkdtemp(dir="."), "a.db"))
database.execute("pragma journal_mode=wal"); database.execute("create table t (n)")
database.executemany("insert into t values (?)", [(n,) for n in results]); database.commit()
with multiprocessing.get_context("fork").Pool(2) as pool: squares = pool.map(abs, [-14, -28])
print(database.execute("select sum(n) from t").fetchone()[0], sum(squares), subprocess.check_output(["echo", "ok"], text=True))
`;

function has(program: string): boolean {
  return spawnSync(program, ["--version"]).status === 0;
}

describe.skipIf(skipped !== "")(`programs that run under the default filter${skipped}`, () => {
  test("Node, with threads, children, file watching and sockets", () => {
    expect(run(process.execPath, "-e", nodeProgram)).toBe("42\n");
  });

  test.skipIf(!has("python3"))("Python, with threads, processes and SQLite (skipped without python3)", () => {
    expect(run("python3", "-c", pythonProgram)).toBe("28 42 ok\n\n");
  });

  test.skipIf(!has("git"))("git (skipped without git)", () => {
    const script = `git init -q repo && cd repo && echo a > a && git add a &&
      git -c user.name=a -c user.email=a@example.org commit -qm first && git clone -q . ../copy && git -C ../copy log --format=%s`;
    expect(run("sh", "-c", script)).toBe("first\n");
  });

  test.skipIf(!has("make"))("make and the compiler, and what they built (skipped without make)", () => {
    writeFileSync(join(directory, "hello.c"), '#include <stdio.h>\nint main(void) { puts("hello"); }\n');
    expect(run("sh", "-c", "make -s -j2 hello && ./hello | tr h H")).toBe("Hello\n");
  });

  test.skipIf(!has("npm"))("npm (skipped without npm)", () => {
    const script =
      "mkdir -p package && cd package && npm init -y >/dev/null && npm pack --silent --offline && tar xzf *.tgz";
    expect(run("sh", "-c", script)).toBe("package-1.0.0.tgz\n");
  });
});
