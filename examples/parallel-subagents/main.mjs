// One run for each file, two at a time, each in a session and a sandbox of its own. A run that takes too long is ended,
// and the others go on.
// Usage: node main.mjs [required | best-effort]. Without ANTHROPIC_API_KEY in the environment the model is scripted.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPlatform, spawnSubagentsParallel } from "cloison-runtime";
import { startScriptedSummaries } from "./scripted-summaries.mjs";

const texts = {
  "apples.txt": "Apples keep until spring.\nStore them cold and dark.\n",
  "endless.txt": "This one takes longer than there is time.\n",
  "pears.txt": "Pears do not keep.\nEat them when they are ripe, which is on one day.\n",
  "quinces.txt": "Quinces are not eaten raw.\nThey make jelly.\n",
};

const withKey = process.env.ANTHROPIC_API_KEY !== undefined;
const scripted = withKey ? undefined : await startScriptedSummaries();
const stateDir = await mkdtemp(join(tmpdir(), "cloison-parallel-"));
const platform = createPlatform({
  stateDir,
  ...(scripted?.model ?? { provider: "anthropic", model: "claude-sonnet-5" }),
  apiKeys: scripted?.apiKeys,
  sandbox: { enforce: process.argv[2] ?? "required", limits: { memoryMb: 1024 } },
});
try {
  const ws = await platform.createWorkspace("user-42");
  for (const [name, text] of Object.entries(texts)) await writeFile(join(ws.filesDir, name), text);
  const tasks = Object.keys(texts);
  const outcomes = await spawnSubagentsParallel({
    tasks,
    maxConcurrent: 2,
    runTimeoutMs: withKey ? 120_000 : 5_000,
    run: (name, { signal }) => ws.run({ message: `Say in one sentence what ${name} says.`, signal }),
  });
  for (const [index, outcome] of outcomes.entries()) {
    const words = outcome.status === "fulfilled" ? outcome.value.response : `none: ${outcome.reason.code}`;
    console.log(`${tasks[index]}: ${words}`);
  }
} finally {
  await scripted?.close();
  await rm(stateDir, { recursive: true });
}
