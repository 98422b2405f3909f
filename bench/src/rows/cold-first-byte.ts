import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPlatform } from "@cloison/platform";
import { startModelProcess } from "../model-process.ts";
import { type Benchmark, toRow } from "../row.ts";

const runs = 40;
const warmup = 3;
/** Milliseconds, as the first slice must hold it. */
const budget = 80;

/**
 * From `workspace.run()` to the first byte of the model call at the server: a new sandbox and a new worker each
 * time. The server is a process of its own and stamps the time on the machine's one monotonic clock.
 */
export const coldFirstByte: Benchmark = async () => {
  const stateDir = mkdtempSync(join(tmpdir(), "cloison-bench-"));
  const server = await startModelProcess();
  try {
    const platform = createPlatform({
      stateDir,
      provider: "openai",
      model: "scripted",
      baseUrl: server.baseUrl,
      apiKeys: { openai: "bench" },
    });
    const workspace = await platform.createWorkspace("bench");
    const values: number[] = [];
    for (let run = -warmup; run < runs; run++) {
      const start = performance.timeOrigin + performance.now();
      const [, firstByteAt] = await Promise.all([
        workspace.run({ message: "Say hello." }),
        server.nextRequestAt(),
      ]);
      if (run >= 0) values.push(firstByteAt - start);
    }
    return [toRow({ name: "agent.cold-first-byte", unit: "ms", values, budget })];
  } finally {
    await server.end();
    rmSync(stateDir, { recursive: true });
  }
};
