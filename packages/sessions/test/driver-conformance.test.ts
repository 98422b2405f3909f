import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import { checkSessionDriver } from "../src/conformance/index.ts";
import { filesDriver } from "../src/files/files-driver.ts";
import { memoryDriver } from "../src/memory/memory-driver.ts";

checkSessionDriver({ name: "the memory driver", make: () => ({ driver: memoryDriver() }), test });

checkSessionDriver({
  name: "the files driver",
  make: () => {
    const dir = mkdtempSync(join(tmpdir(), "cloison-sessions-"));
    return {
      driver: filesDriver({ dir }),
      another: () => filesDriver({ dir }),
      remove: () => rmSync(dir, { recursive: true }),
    };
  },
  test,
});
