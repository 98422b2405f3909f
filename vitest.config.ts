import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: ["packages/*", "apps/*", "examples/packed", "scripts", "scripts/vm"],
    reporters: ["default", "./scripts/closing-line-reporter.mjs"],
  },
});
