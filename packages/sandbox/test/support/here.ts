import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { createHostTools, type HostTools } from "./host-tools.ts";
import { compileProbe } from "./library-copy.ts";

export interface Here extends HostTools {
  /** For mounts; gone after the tests. */
  readonly directory: string;
}

/** The tools in this very process, for tests of what does not depend on who runs them. */
export function useHere(): Here {
  const directory = mkdtempSync(join(tmpdir(), "cloison-here-"));
  const probe = join(directory, "probe");
  beforeAll(() => {
    chmodSync(directory, 0o755);
    compileProbe(probe);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const enforce = process.geteuid?.() === 0 ? "required" : "best-effort";
  return { ...createHostTools(probe, enforce), directory };
}
