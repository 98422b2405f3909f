import { defineConfig } from "vitest/config";
import { waitMs } from "./test/support/this-machine.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: waitMs } },
  },
});
