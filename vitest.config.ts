import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: ["packages/*", "apps/*", "examples/packed", "scripts"],
    reporters: ["default", "./scripts/closing-line-reporter.mjs"],
  },
});
