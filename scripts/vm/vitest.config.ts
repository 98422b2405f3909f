import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "vm",
    include: ["*.test.ts"],
    globalSetup: "./background-run.ts",
    // The machine runs beside all other tests; who waits for it comes last.
    sequence: { groupOrder: 1 },
  },
});
