import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // The machine needs both processors: it comes after all other tests, as files do by their project's name.
    // Not by sequence.groupOrder: where one worker runs all files, that puts the group first.
    name: "vm",
    include: ["*.test.ts"],
    globalSetup: "./machine-run.ts",
  },
});
