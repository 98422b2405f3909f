import { defineConfig } from "vitest/config";

const minutes = 60_000;

export default defineConfig({
  test: {
    root: "/project/packages/sandbox",
    include: ["test/**/*.test.ts"],
    // What no kernel has a say in, what needs a compiler, and the attacks, which run by themselves.
    exclude: [
      "channel*",
      "seccomp-{compile,custom,profile}",
      "options",
      "platform-packages",
      "workloads",
      "doctor-{attack,cli,machines}",
      "attacks",
    ].map((name) => `test/${name}.test.ts`),
    // Shares of the processor's time mean little where the processor is emulated, and take it minutes.
    testNamePattern: /^(?!.*(no processor time|used up what little it may))/,
    reporters: ["/project/scripts/vm/guest/results-reporter.mjs"],
    testTimeout: 3 * minutes,
    hookTimeout: 3 * minutes,
    // Starting a worker takes seconds here: one runs all files.
    isolate: false,
    fileParallelism: false,
    // Node loads the files by itself, see plain-typescript.mjs.
    experimental: { viteModuleRunner: false },
  },
});
