import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPlatform } from "@cloison/platform";
import type { Context, Model } from "@earendil-works/pi-ai";
import { streamSimple } from "@earendil-works/pi-ai/api/openai-completions";
import { normalizeContext } from "@earendil-works/pi-ai/utils/transcript";
import { startModelProcess } from "../model-process.ts";
import { type Benchmark, timeInTurn, toRow } from "../row.ts";

const runs = 10;
const message = "Note it.";
const alone = "pi-ai's client alone";

/**
 * The host's processor time for a run in which a model gives a tool 20,000 characters, against the time that the
 * provider's client takes to read that one answer by itself.
 */
export const toolArguments: Benchmark = async () => {
  const stateDir = mkdtempSync(join(tmpdir(), "cloison-bench-"));
  const server = await startModelProcess();
  const { baseUrl } = server;
  try {
    const platform = createPlatform({
      stateDir,
      provider: "openai",
      model: "scripted",
      baseUrl,
      apiKeys: { openai: "bench" },
    });
    const parameters = { type: "object", properties: { text: { type: "string" } } };
    const note = { name: "note", description: "Notes a text.", parameters, execute: () => "Noted." };
    const workspace = await platform.createWorkspace("bench");
    const { ours = [], [alone]: theirs = [] } = await timeInTurn(runs, {
      ours: () => cpuMs(() => workspace.run({ message, tools: [note] })),
      [alone]: () => cpuMs(() => readAlone(baseUrl)),
    });
    return [toRow({ name: "agent.tool-arguments", unit: "ms", values: ours, peers: { [alone]: theirs } })];
  } finally {
    await server.end();
    rmSync(stateDir, { recursive: true });
  }
};

async function cpuMs(action: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function readAlone(baseUrl: string): Promise<void> {
  const model: Model<"openai-completions"> = {
    id: "scripted",
    name: "scripted",
    api: "openai-completions",
    provider: "openai",
    baseUrl,
    reasoning: false,
    input: ["text"],
    cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
    contextWindow: 0,
    maxTokens: 8192,
  };
  const context: Context = { messages: [{ role: "user", content: message, timestamp: 0 }] };
  await streamSimple(model, normalizeContext(context), { apiKey: "bench" }).result();
}
