import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "packed",
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/pack.ts"],
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
