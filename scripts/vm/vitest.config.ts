import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // The machine runs beside all other tests; who waits for it comes last, which files do by their project's name.
    // Not by sequence.groupOrder: where one worker runs all files, that puts the group first.
    name: "vm",
    include: ["*.test.ts"],
    globalSetup: "./background-run.ts",
  },
});
