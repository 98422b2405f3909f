import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createSandbox, SandboxError, type SandboxOptions } from "../src/index.ts";
import { parseCommand, parseRun, runOptionNames } from "../src/options/command-options.ts";
import { parseSandboxOptions } from "../src/options/sandbox-options.ts";
import { defaultSeccompProfile } from "../src/seccomp/index.ts";

const isRoot = process.geteuid?.() === 0;
const directory = mkdtempSync(join(tmpdir(), "cloison-options-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
for (const name of [
  ".ssh",
  ".aws/sso",
  ".config/gcloud",
  ".docker",
  ".kube/cache",
  ".gnupg",
  ".netrc",
  "own/usr",
])
  mkdirSync(join(directory, name), { recursive: true });
chmodSync(directory, 0o755);
chmodSync(join(directory, "own"), 0o700);
const service = createServer().listen(join(directory, "socket"));
afterAll(() => service.close());
symlinkSync("/proc", join(directory, "proc"));
symlinkSync("/", join(directory, "root"));

/** Written as a caller without types would. */
function untyped<T>(value: unknown): T {
  return value as T;
}

function mounts(...list: readonly unknown[]): unknown {
  return { mounts: list };
}

function mounted(source: string): { readonly mounts: unknown[] } {
  return { mounts: [{ source, target: "/a", access: "rw" }] };
}

function mount(target: string, source: string = directory): Record<string, unknown> {
  return { source, target, access: "rw" };
}

const badOptions: readonly [what: string, options: unknown, message: RegExp][] = [
  ["null", null, /must be an object/],
  ["a list", [], /options must be an object/],
  [
    "a Map, of which nothing would be read",
    { limits: new Map([["memoryMb", 5]]) },
    /limits must be an object/,
  ],
  ["a list as limits", { limits: [] }, /limits must be an object/],
  ["null for a network", { network: null }, /network must be one of: none/],
  ["null for an enforcement", { enforce: null }, /enforce must be one of/],
  ["null for a host name", { hostname: null }, /hostname must be a string/],
  ["an unknown option", { memoryMb: 5 }, /unknown option "memoryMb"; known are: mounts, rootfs/],
  ["an unknown limit", { limits: { memory: 5 } }, /unknown limit "memory"/],
  ["limits that are no object", { limits: 5 }, /limits must be an object/],
  ["memory as text", { limits: { memoryMb: "512" } }, /limits\.memoryMb must be a whole number/],
  ["memory that is not a number", { limits: { memoryMb: Number.NaN } }, /limits\.memoryMb/],
  ["no memory", { limits: { memoryMb: 0 } }, /limits\.memoryMb must be a whole number from 4/],
  ["half a process", { limits: { pids: 10.5 } }, /limits\.pids must be a whole number/],
  ["too little processor", { limits: { cpus: 0 } }, /limits\.cpus must be a number from 0\.01/],
  ["endless time", { limits: { wallMs: Number.POSITIVE_INFINITY } }, /limits\.wallMs/],
  ["an unknown network", { network: "host" }, /network must be one of: none/],
  ["another enforcement", { enforce: "never" }, /enforce must be one of: required, best-effort/],
  ["a host name with a dot", { hostname: "a.b" }, /hostname must be 1 to 63/],
  ["a host name with a line end", { hostname: "a\n" }, /hostname/],
  ["a host name of 64 letters", { hostname: "a".repeat(64) }, /hostname/],
  ["an unknown filter", { seccomp: "none" }, /seccomp must be one of: default, strict/],
  ["a filter without a base", { seccomp: { allow: [] } }, /seccomp\.extends must be one of: default, strict/],
  [
    "an unknown key of a filter",
    { seccomp: { extends: "strict", block: [] } },
    /unknown key of seccomp "block"/,
  ],
  [
    "a filter's names as text",
    { seccomp: { extends: "default", deny: "ptrace" } },
    /seccomp\.deny must be an array/,
  ],
  [
    "a name that is no text",
    { seccomp: { extends: "default", deny: [41] } },
    /seccomp\.deny\[0\] must be a string/,
  ],
  ["an unknown call", { seccomp: { extends: "default", deny: ["raed"] } }, /"raed" is no system call/],
  [
    "a call that may not be allowed",
    { seccomp: { extends: "default", allow: ["unshare"] } },
    /"unshare" may not be/,
  ],
  ["mounts that are no list", { mounts: {} }, /mounts must be an array/],
  ["a mount that is no object", mounts("/tmp"), /mounts\[0\] must be an object/],
  [
    "an unknown key of a mount",
    mounts({ ...mount("/a"), readonly: true }),
    /unknown key of mounts\[0\] "readonly"/,
  ],
  [
    "a mount without access",
    mounts({ source: directory, target: "/a" }),
    /mounts\[0\]\.access must be one of/,
  ],
  ["a source that is not there", mounts(mount("/a", join(directory, "none"))), /"[^"]*none" cannot be found/],
  ["a source that is empty", mounts(mount("/a", "")), /mounts\[0\]\.source must not be empty/],
  ["a source with a NUL", mounts(mount("/a", `${directory}\0`)), /must not contain a NUL/],
  ["the host's root", mounts(mount("/a", "/")), /is refused/],
  ...["/etc", "/home", "/root", "/boot", "/var"].map((path): (typeof badOptions)[number] => [
    `${path} itself`,
    mounts(mount("/a", path)),
    /is refused: .* name the project's directory/,
  ]),
  ["a home directory", mounts(mount("/a", homedir())), /is refused: .*; name the project's directory/],
  ...[".ssh", ".aws/sso", ".config/gcloud", ".docker", ".kube/cache", ".gnupg", ".netrc"].map(
    (path): (typeof badOptions)[number] => [
      `credentials in ${path}`,
      mounts(mount("/a", join(directory, path))),
      /is refused: \.[a-z/]* holds credentials/,
    ],
  ),
  ["a socket of a service", mounts(mount("/a", join(directory, "socket"))), /listens on this socket/],
  ["a root that is not there", { rootfs: join(directory, "none") }, /rootfs "[^"]*none" cannot be found/],
  ["a root that is a program", { rootfs: process.execPath }, /rootfs .* must be a directory/],
  ["the host's root as a root of its own", { rootfs: "/" }, /rootfs "\/" is refused: .*; use "host"/],
  ["a root without a system", { rootfs: directory }, /holds no system: it has none of usr/],
  ["a root that is no text", { rootfs: 5 }, /rootfs must be a string/],
  [
    "a writable system by name",
    { writableSystem: "tmpfs" },
    /writableSystem, where it is not true or false, must be an object/,
  ],
  ["an unknown key of it", { writableSystem: { size: 5 } }, /unknown key of writableSystem "size"/],
  [
    "no room in it",
    { writableSystem: { sizeMb: 0 } },
    /writableSystem\.sizeMb must be a whole number from 1/,
  ],
  ["a directory that others may enter", { writableSystem: { directory } }, /run chmod 700 on it/],
  ["a size for a directory", { writableSystem: { directory, sizeMb: 5 } }, /takes a directory or sizeMb/],
  [
    "the directory of the writable system in the root",
    { writableSystem: { directory: join(directory, "own") }, rootfs: join(directory, "own") },
    /rootfs .* is where writableSystem keeps/,
  ],
  ["ids of another kind", { ids: "own" }, /ids must be one of: auto, subordinate/],
  ["ids of people", { ids: { first: 1000, count: 10 } }, /ids\.first must be a whole number from 65536/],
  [
    "ids beyond the last",
    { ids: { first: 4294967290, count: 10 } },
    /ids\.count must be a whole number from 1/,
  ],
  [
    "ids of which none is left",
    { ids: { first: 4294967294, count: 1 } },
    /ids\.first must be .* to 4294967293/,
  ],
  ["no ids", { ids: { first: 1900000000, count: 0 } }, /ids\.count/],
  ["an unknown key of ids", { ids: { first: 1900000000, count: 1, gid: 5 } }, /unknown key of ids "gid"/],
  [
    "ids that others get by default",
    { ids: { first: 1879000000, count: 100_000 } },
    /overlap those that ids: "auto" gives .* begin for example at/,
  ],
  isRoot
    ? ["subordinate ids of root", { ids: "subordinate" }, /is for ordinary users/]
    : ["a range of an ordinary user", { ids: { first: 1900000000, count: 1 } }, /needs root/],
  [
    "the directory of the writable system as a mount",
    { writableSystem: { directory: join(directory, "own") }, ...mounted(join(directory, "own/usr")) },
    /mounts\[0\]\.source .* is where writableSystem keeps/,
  ],
  ["the host's root by a link", mounts(mount("/a", join(directory, "root"))), /is refused/],
  ["the host's /proc", mounts(mount("/a", "/proc/self")), /\/proc gives the sandbox a way to the host/],
  ["the host's /proc by a link", mounts(mount("/a", join(directory, "proc"))), /\/proc gives/],
  ["the host's /dev", mounts(mount("/a", "/dev/null")), /\/dev gives/],
  ["the host's /sys", mounts(mount("/a", "/sys")), /\/sys gives/],
  ["no time", { timeoutMs: 0 }, /timeoutMs must be a whole number from 1/],
  ["more time than a timer takes", { timeoutMs: 2 ** 31 }, /timeoutMs must be a whole number from 1/],
  ["another end of its time", { onTimeout: "stop" }, /onTimeout must be one of: kill, pause/],
  ["a relative target", mounts(mount("workspace")), /must be a normal absolute path/],
  ["a target that goes up", mounts(mount("/a/../usr")), /must be a normal absolute path/],
  ["a target with a slash at its end", mounts(mount("/a/")), /must be a normal absolute path/],
  ["the root as a target", mounts(mount("/")), /must be a normal absolute path/],
  ["a target with a NUL", mounts(mount("/a\0b")), /must not contain a NUL/],
  ["a target in the system", mounts(mount("/usr/local/x")), /part of the sandbox's own system/],
  ["/tmp itself", mounts(mount("/tmp")), /part of the sandbox's own system/],
  ["/home/agent itself", mounts(mount("/home/agent")), /part of the sandbox's own system/],
  [
    "one target twice",
    mounts(mount("/a"), mount("/a")),
    /mounts\[1\]\.target "\/a" and "\/a" lie in one another/,
  ],
  ["a target below another", mounts(mount("/a"), mount("/a/b")), /lie in one another/],
  ["a target above another", mounts(mount("/a/b"), mount("/a")), /lie in one another/],
];

describe("createSandbox refuses", () => {
  test.each(badOptions)("%s", async (_what, options, message) => {
    const refusal = await createSandbox(untyped<SandboxOptions>(options)).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(SandboxError);
    expect(refusal).toMatchObject({ name: "SandboxOptionError", code: "SANDBOX_OPTION" });
    expect(refusal).toHaveProperty("message", expect.stringMatching(message));
  });
});

test("targets that only begin alike are apart, and those in /tmp and the home are allowed", () => {
  const targets = ["/a", "/ab", "/tmp/x", "/home/agent/x", "/usrlocal", "/opt/x"];
  const parsed = parseSandboxOptions({
    mounts: targets.map((target) => ({ source: directory, target, access: "ro" })),
  });
  expect(parsed.mounts.map(({ target }) => target)).toEqual(targets);
});

test("the defaults are 512 MB, 128 processes, no network, and nothing weaker than asked for", () => {
  expect(parseSandboxOptions()).toEqual({
    mounts: [],
    rootfs: "host",
    writableSystem: undefined,
    ids: "auto",
    limits: { memoryMb: 512, pids: 128 },
    seccomp: defaultSeccompProfile,
    enforce: "required",
    hostname: "sandbox",
    timeoutMs: undefined,
    onTimeout: "kill",
  });
});

const badCommands: readonly [what: string, command: unknown, options: unknown, message: RegExp][] = [
  ["a number", 5, {}, /must be a string for \/bin\/sh, or an array/],
  ["an empty list", [], {}, /must be a string for \/bin\/sh, or an array/],
  ["an argument that is no text", ["echo", 5], {}, /argument 1 of the command must be a string/],
  ["an argument with a NUL", ["echo", "a\0arg\0b"], {}, /argument 1 of the command must not contain a NUL/],
  ["a script with a NUL", "echo\0x", {}, /must not contain a NUL/],
  ["an unknown option", "true", { timeout: 5 }, /unknown option of a command "timeout"/],
  ["a channel for run", "true", { channel: true }, /unknown option of a command "channel"/],
  ["a relative directory", "true", { cwd: "x" }, /must be an absolute path inside/],
  ["no time", "true", { timeoutMs: 0 }, /timeoutMs must be a whole number from 1/],
  ["half a millisecond", "true", { timeoutMs: 0.5 }, /timeoutMs must be a whole number/],
  ["a signal that is none", "true", { signal: {} }, /signal must be an AbortSignal/],
  ["variables in a Map", "true", { envs: new Map([["A", "x"]]) }, /envs must be an object/],
  ["a variable with a NUL", "true", { envs: { A: "x\0env\0B=y" } }, /envs\.A must not contain a NUL/],
  ["a variable's name with =", "true", { envs: { "A=B": "x" } }, /bad name "A=B"/],
  ["a variable's name with a NUL", "true", { envs: { "A\0": "x" } }, /bad name/],
  ["a variable that is a number", "true", { envs: { A: 1 } }, /envs\.A must be a string/],
];

describe("a command is refused with", () => {
  test.each(badCommands)("%s", (_what, command, options, message) => {
    const parse = () => parseCommand(command, untyped(options), runOptionNames);
    expect(parse).toThrow(expect.objectContaining({ name: "CommandOptionError", code: "COMMAND_OPTION" }));
    expect(parse).toThrow(message);
  });
});

test("output is bounded by a whole number of bytes", () => {
  for (const maxOutputBytes of [-1, 0.5, Number.NaN, untyped<number>("5")])
    expect(() => parseRun({ maxOutputBytes })).toThrow(/maxOutputBytes must be a whole number/);
  expect(parseRun({}).maxOutputBytes).toBe(2 ** 20);
});
