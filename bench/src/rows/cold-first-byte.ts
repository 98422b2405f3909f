import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createPlatform } from "@cloison/platform";
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
  const server = spawn(process.execPath, [new URL("../model-server.ts", import.meta.url).pathname], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  try {
    const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
    const nextLine = async () => String((await lines.next()).value);
    const platform = createPlatform({
      stateDir,
      provider: "openai",
      model: "scripted",
      baseUrl: await nextLine(),
      apiKeys: { openai: "bench" },
    });
    const workspace = await platform.createWorkspace("bench");
    const values: number[] = [];
    for (let run = -warmup; run < runs; run++) {
      const start = performance.timeOrigin + performance.now();
      const [, firstByteAt] = await Promise.all([workspace.run({ message: "Say hello." }), nextLine()]);
      if (run >= 0) values.push(Number(firstByteAt) - start);
    }
    return [toRow({ name: "agent.cold-first-byte", unit: "ms", values, budget })];
  } finally {
    server.stdin.end();
    await once(server, "exit");
    rmSync(stateDir, { recursive: true });
  }
};
