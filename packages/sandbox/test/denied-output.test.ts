import { expect, test } from "vitest";
import { addOutputDenials } from "../src/denied/output-denials.ts";
import { parseSandboxOptions } from "../src/options/sandbox-options.ts";
import type { Denial } from "../src/types.ts";

const options = {
  ...parseSandboxOptions(),
  mounts: [
    { source: "/a", target: "/workspace", access: "rw" },
    { source: "/b", target: "/data", access: "ro" },
  ] as const,
};

function denials(stderr: string): string[] {
  return addOutputDenials([], stderr, options).map(({ layer, what }) => `${layer}: ${what}`);
}

/** What programs print, as they print it. */
const forms: readonly (readonly [program: string, stderr: string, denials: readonly string[]])[] = [
  ["touch", "touch: cannot touch '/usr/x': Read-only file system\n", ["filesystem: read-only: /usr/x"]],
  [
    "mkdir with typographic quotes",
    "mkdir: cannot create directory ‘/opt/a b’: Read-only file system\n",
    ["filesystem: read-only: /opt/a b"],
  ],
  ["dash", "sh: 1: cannot create /usr/x: Read-only file system\n", ["filesystem: read-only: /usr/x"]],
  ["bash", "bash: line 1: /etc/hosts: Read-only file system\n", ["filesystem: read-only: /etc/hosts"]],
  ["cat", "cat: /etc/shadow: Permission denied\n", ["filesystem: permission denied: /etc/shadow"]],
  ["a script", "/bin/sh: 1: ./run.sh: Permission denied\n", ["filesystem: permission denied: ./run.sh"]],
  [
    "cp",
    "cp: cannot create regular file '/usr/bin/ls': Permission denied\n",
    ["filesystem: permission denied: /usr/bin/ls"],
  ],
  [
    "Python",
    "Traceback (most recent call last):\n  File \"<string>\", line 1\nOSError: [Errno 30] Read-only file system: '/usr/x'\n",
    ["filesystem: read-only: /usr/x"],
  ],
  [
    "Python's PermissionError",
    "PermissionError: [Errno 13] Permission denied: '/proc/1/mem'\n",
    ["filesystem: permission denied: /proc/1/mem"],
  ],
  [
    "Node, which names the code twice",
    "Error: EROFS: read-only file system, open '/usr/x'\n    at open (node:fs:1) {\n  errno: -30,\n  code: 'EROFS',\n  path: '/usr/x'\n",
    ["filesystem: read-only: /usr/x"],
  ],
  [
    "Node's copyFile",
    "Error: EACCES: permission denied, copyfile '/a/b' -> '/usr/c'\n",
    ["filesystem: permission denied: /usr/c"],
  ],
  [
    "npm",
    "npm error code EROFS\nnpm error syscall mkdir\nnpm error path /usr/lib/node_modules\nnpm error rofs EROFS: read-only file system, mkdir '/usr/lib/node_modules'\n",
    ["filesystem: read-only: /usr/lib/node_modules"],
  ],
  ["git", "fatal: cannot mkdir /usr/repo: Read-only file system\n", ["filesystem: read-only: /usr/repo"]],
  [
    "ld",
    "/usr/bin/ld: cannot open output file /usr/bin/x: Read-only file system\n",
    ["filesystem: read-only: /usr/bin/x"],
  ],
  ["Go", "open /usr/x: read-only file system\n", ["filesystem: read-only: /usr/x"]],
  [
    "Rust",
    'Error: Os { code: 30, kind: ReadOnlyFilesystem, message: "Read-only file system" }\n',
    ["filesystem: read-only"],
  ],
  ["tar, without a path", "tar: x: Cannot open: Read-only file system\n", ["filesystem: read-only"]],
  ["curl", "curl: (6) Could not resolve host: example.com\n", ["network: name not resolved: example.com"]],
  [
    "git's clone",
    "fatal: unable to access 'https://github.com/a/b/': Could not resolve host: github.com\n",
    ["network: name not resolved: github.com"],
  ],
  [
    "ssh",
    "ssh: Could not resolve hostname github.com: Temporary failure in name resolution\n",
    ["network: name not resolved: github.com"],
  ],
  [
    "wget",
    "wget: unable to resolve host address ‘example.com’\n",
    ["network: name not resolved: example.com"],
  ],
  [
    "Node's fetch",
    "Error: getaddrinfo EAI_AGAIN registry.example.com\n",
    ["network: name not resolved: registry.example.com"],
  ],
  [
    "Python's sockets",
    "socket.gaierror: [Errno -3] Temporary failure in name resolution\n",
    ["network: name not resolved"],
  ],
  ["ping", "ping: connect: Network is unreachable\n", ["network: network unreachable"]],
  [
    "Node's connect",
    "Error: connect ENETUNREACH 192.0.2.1:80 - Local (0.0.0.0:0)\n",
    ["network: network unreachable: 192.0.2.1:80"],
  ],
  [
    "curl to an address",
    "curl: (7) Failed to connect to 192.0.2.1 port 80 after 0 ms: Couldn't connect to server\n",
    ["network: network unreachable: 192.0.2.1"],
  ],
  ["curl to a service of its own", "curl: (7) Failed to connect to localhost port 1 after 0 ms\n", []],
  ["dd", "dd: error writing '/tmp/x': No space left on device\n", ["disk: no space left: /tmp/x"]],
  [
    "a quota",
    "cp: error writing '/workspace/x': Disk quota exceeded\n",
    ["disk: no space left: /workspace/x"],
  ],
  ["a large file", "dd: error writing 'x': File too large\n", ["disk: file too large: x"]],
  ["dash's fork", "/bin/sh: 0: Cannot fork\n", ["pids: a process or thread was refused"]],
  ["Python's memory", "MemoryError\n", ["memory: memory was refused to a process"]],
  ["ssh's keys, which are no file", "git@github.com: Permission denied (publickey).\n", []],
  ["an ordinary failure", "grep: x: No such file or directory\nAssertionError: 1 != 2\n", []],
];

test("tells that a file's size is bounded by diskMb, where that is given", () => {
  const said = "dd: error writing 'x': File too large\n";
  const hints = [options, { ...options, limits: { ...options.limits, diskMb: 5 } }].map((each) =>
    addOutputDenials([], said, each).map(({ hint }) => hint),
  );
  expect(hints).toEqual([
    ["write smaller files"],
    ["no file may be larger than limits.diskMb (5 MB): raise it, or write smaller files"],
  ]);
});

for (const [program, stderr, expected] of forms)
  test(`is read from the words of ${program}`, () => expect(denials(stderr)).toEqual(expected));

function hintOf(stderr: string): string {
  return addOutputDenials([], stderr, options)[0]?.hint ?? "";
}

test("says where to write instead", () => {
  expect(hintOf("touch: cannot touch '/usr/x': Read-only file system")).toMatch(
    /the system is read-only: write to \/workspace, \/tmp or \/home\/agent/,
  );
  expect(hintOf("touch: cannot touch '/data/x': Read-only file system")).toMatch(
    /\/data is mounted read-only/,
  );
  expect(hintOf("touch: cannot touch 'x': Read-only file system")).toMatch(
    /the system and \/data are read-only: mount with access: "rw", or write to \/workspace/,
  );
  expect(hintOf("dd: error writing '/tmp/x': No space left on device")).toMatch(/256 MB, half of limits/);
  expect(hintOf("dd: error writing '/workspace/x': No space left on device")).toMatch(/behind \/workspace/);
  const writable = { ...options, writableSystem: { directory: undefined, sizeMb: 64 } };
  const full = "ERROR: [Errno 28] No space left on device: '/usr/lib/x'";
  expect(addOutputDenials([], full, writable)[0]?.hint).toMatch(/hold 64 MB: raise writableSystem\.sizeMb/);
  expect(hintOf("cat: /etc/shadow: Permission denied")).toMatch(/uid 1000 without privileges; write to/);
  expect(hintOf("sh: 1: ./x: Permission denied")).toMatch(/chmod \+x/);
});

test("keeps the last eight things of many, each once, and what the kernel has said before them", () => {
  const known: Denial[] = [{ layer: "memory", what: "limit", hint: "raise it" }];
  const lines = Array.from({ length: 50 }, (_, index) => `cat: /a/${index}: Permission denied\n`);
  const all = addOutputDenials(known, `${lines.join("")}${lines.join("")}MemoryError\n`, options);
  expect(all[0]).toBe(known[0]);
  expect(all.slice(1).map(({ what }) => what)).toEqual(
    Array.from({ length: 8 }, (_, index) => `permission denied: /a/${42 + index}`),
  );
});

test("does not take a filter's refusal to make a process for a limit on processes", () => {
  const said = "/bin/sh: 1: Cannot fork\n";
  const vfork: Denial = { layer: "seccomp", what: "vfork", hint: "" };
  const socket: Denial = { layer: "seccomp", what: "socket(AF_NETLINK)", hint: "" };
  expect(addOutputDenials([vfork], said, options)).toEqual([vfork]);
  expect(addOutputDenials([socket], said, options).map(({ layer }) => layer)).toEqual(["seccomp", "pids"]);
});

test("is never a system call's refusal, and names no control characters and no endless path", () => {
  const stderr = [
    "denied\t101\t0\t0\t0\t0",
    "seccomp: unshare(CLONE_NEWUSER)",
    "ptrace: Operation not permitted",
    `cat: /a\u001b[2J\u0007${"x".repeat(5000)}: Permission denied`,
    `touch: cannot touch '/usr/\u001b]0;a': Read-only file system`,
  ].join("\n");
  const all = addOutputDenials([], stderr, options);
  expect(all.map(({ layer }) => layer)).not.toContain("seccomp");
  for (const { what } of all) {
    expect(what).not.toMatch(/\p{Cc}/u);
    expect(what.length).toBeLessThan(250);
  }
  expect(all.length).toBeGreaterThan(0);
});

test("takes text made to be hard to search", () => {
  const hard = [
    "'".repeat(16_000),
    `${" :".repeat(8_000)}`,
    "Permission denied'".repeat(900),
    `${"'/a".repeat(5_000)}Read-only file system`,
    "\n".repeat(16_000),
    "a.b".repeat(5_000),
  ];
  for (const text of hard) expect(addOutputDenials([], text, options).length).toBeLessThan(9);
});
