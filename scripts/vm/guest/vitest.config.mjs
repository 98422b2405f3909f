import { defineConfig } from "vitest/config";

const minutes = 60_000;

export default defineConfig({
  test: {
    root: "/project/packages/sandbox",
    include: ["test/**/*.test.ts"],
    // What no kernel has a say in, what needs compilers and package managers, what is there for its great numbers, and
    // the attacks, which run by themselves.
    exclude: [
      "channel*",
      "seccomp-{compile,custom,profile}",
      "cgroup-{hierarchies,settings}",
      "denied-output",
      "options",
      "readme",
      "platform-packages",
      "workloads",
      "writable-packages",
      "leftovers-at-scale",
      "doctor-{attack,cli,machines}",
      "attacks",
    ].map((name) => `test/${name}.test.ts`),
    // How much of the processor's time things take means little where it is emulated; fifty sandboxes take a minute.
    testNamePattern:
      /^(?!.*(processor time|used up what little it may|processor has a bound|after fifty sandboxes))/,
    reporters: ["/project/scripts/vm/guest/results-reporter.mjs"],
    testTimeout: 3 * minutes,
    hookTimeout: 3 * minutes,
    // Starting a worker takes seconds here: two, for as many processors, run all files.
    isolate: false,
    maxWorkers: 2,
    // Node loads the files by itself, see plain-typescript.mjs.
    experimental: { viteModuleRunner: false },
  },
});
