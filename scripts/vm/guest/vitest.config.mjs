import { defineConfig } from "vitest/config";

const minutes = 60_000;

/** What no kernel has a say in, what needs compilers and package managers, and the attacks, which run by themselves. */
const elsewhere = [
  "attacks",
  "byte-log",
  "cgroup-{hierarchies,settings}",
  "channel*",
  "cli-arguments",
  "clock",
  "coming-from-e2b",
  "denied-output",
  "doctor-{attack,cli,machines}",
  "options",
  "platform-packages",
  "readme",
  "seccomp-{compile,custom,profile}",
  "snapshot-uses",
  "start-error",
  "terminal-{keys,session}",
  "workloads",
  "writable-packages",
];

/** What takes minutes here and says the least about the kernel. They pass: CLOISON_VM_ONLY chooses them. */
const slow = [
  "command-{ends,handles,load,streams}",
  "commands",
  "denied",
  "denied-attacks",
  "disk-{limit,watchdog}",
  "doctor-host",
  "events",
  "exec-cli*",
  "files-{archives,attendant,bounds,ends,hostile,watch}",
  "leftovers-at-scale",
  "leftovers-of-failures",
  "overlay-attacks",
  "pause-end",
  "ports-{bounds,hostile}",
  "pty-{attacks,handles,streams}",
  "sandbox-timeout",
  "seccomp-profiles",
  "shell-cli",
  "snapshot-{attacks,beginnings,crashes,limits,mounts-inside,turns}",
  "timeouts",
  "writable-system",
];

const leftOut = process.env.CLOISON_VM_ONLY ? elsewhere : [...elsewhere, ...slow];

export default defineConfig({
  test: {
    root: "/project/packages/sandbox",
    include: ["test/**/*.test.ts"],
    exclude: leftOut.map((name) => `test/${name}.test.ts`),
    // How much of the processor's time things take means little where it is emulated; fifty of anything take a minute.
    testNamePattern:
      /^(?!.*(processor time|used up what little it may|processor has a bound|after fifty sandboxes|over fifty pauses|in the source's place after|into a directory of the caller's|listed and deleted|carry 5 MB there))/,
    reporters: ["/project/scripts/vm/guest/results-reporter.mjs"],
    testTimeout: 3 * minutes,
    hookTimeout: 3 * minutes,
    expect: { poll: { timeout: 1 * minutes } },
    // Starting a worker takes seconds here: two, for as many processors, run all files.
    isolate: false,
    maxWorkers: 2,
    // Node loads the files by itself, see plain-typescript.mjs.
    experimental: { viteModuleRunner: false },
  },
});
