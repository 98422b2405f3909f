// One run that goes on while keys, streams and models fail, and the table of all its attempts.
// Usage: node main.mjs [required | best-effort]. Without a key in the environment two providers are played by a
// scripted server, with their faults. With ANTHROPIC_API_KEY or OPENAI_API_KEY (or both; …_API_KEYS for several)
// the same run asks the real ones.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPlatform } from "cloison-runtime";
import { startFaultyModels } from "./faulty-models.mjs";

const models = [
  { provider: "anthropic", model: "claude-sonnet-5" },
  { provider: "openai", model: "gpt-5-mini" },
];
const withKey = models.filter(({ provider }) => {
  const name = `${provider.toUpperCase()}_API_KEY`;
  return process.env[name] !== undefined || process.env[`${name}S`] !== undefined;
});
const scripted = withKey.length === 0 ? await startFaultyModels() : undefined;
const [first, ...fallbacks] = scripted?.models ?? withKey;

const stateDir = await mkdtemp(join(tmpdir(), "cloison-fallback-"));
const platform = createPlatform({
  stateDir,
  ...first,
  fallbacks,
  apiKeys: scripted?.apiKeys,
  sandbox: { enforce: process.argv[2] ?? "required", limits: { memoryMb: 1024 } },
});
try {
  const ws = await platform.createWorkspace("user-42");
  const result = await ws.run({
    message:
      "Write the numbers from one to three into numbers.txt, look at the file, and tell me what it holds.",
    onEvent: (event) => {
      if (event.type === "attempt") tell(event.event);
      if (event.type === "answer_discarded") console.log("  what was streamed so far is void");
    },
  });
  console.log(`\n${result.response}\n`);
  console.table(
    result.attempts.map(({ turn, provider, model, key, status, outcome }) => {
      return { turn, model: `${provider}/${model}`, key, status: status ?? "", outcome };
    }),
  );
  for (const { provider, model, key, calls, usage } of result.usageBy)
    console.log(`${provider}/${model} ${key}: ${calls} calls, ${usage.totalTokens} tokens`);
} finally {
  await scripted?.close();
  await rm(stateDir, { recursive: true });
}

/** Every decision of the chain, in words. */
function tell(event) {
  const whom = `${event.provider}/${event.model} ${event.key}`;
  if (event.type === "failure") console.log(`${whom} failed: ${event.outcome} (by rule ${event.matched})`);
  if (event.type === "cooldown")
    console.log(`  is not asked for ${Math.round((event.until - Date.now()) / 1000)} s`);
  if (event.type === "retry") console.log(`  is asked again in ${event.delayMs} ms`);
  if (event.type === "next_key" || event.type === "next_model") console.log(`  → ${whom}`);
  if (event.type === "success") console.log(`${whom} answered`);
}
