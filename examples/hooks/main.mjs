// A run with hooks: one blocks what must not happen, one hides what the model need not see, one asks a person, one
// counts what models cost.
// Usage: node main.mjs [required | best-effort] [yes | no]. The second argument is the person's answer; without one you
// are asked. Without ANTHROPIC_API_KEY in the environment the model is played by a scripted server.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { createPlatform } from "cloison-runtime";
import { startScriptedModel } from "./scripted-model.mjs";

const [enforce = "required", given] = process.argv.slice(2);
const scripted = process.env.ANTHROPIC_API_KEY === undefined ? await startScriptedModel() : undefined;
const stateDir = await mkdtemp(join(tmpdir(), "cloison-hooks-"));
const platform = createPlatform({
  stateDir,
  ...(scripted?.model ?? { provider: "anthropic", model: "claude-sonnet-5" }),
  apiKeys: scripted?.apiKeys,
  sandbox: { enforce, limits: { memoryMb: 1024 } },
});

// For all workspaces: what models cost, by user.
const bill = new Map();
platform.hooks.register("after_model_call", ({ userId, usage }) => {
  bill.set(userId, (bill.get(userId) ?? 0) + (usage?.costUsd ?? 0));
});

try {
  const ws = await platform.createWorkspace("user-42");
  await mkdir(join(ws.filesDir, "invoices"));
  await writeFile(join(ws.filesDir, "invoices", "7.txt"), "Invoice 7, 120 EUR, to DE89370400440532013000");

  ws.hooks.register("before_agent_start", () => ({ systemPrompt: "Amounts are in euros." }));
  ws.hooks.register("before_tool_call", ({ toolName, input }) => {
    console.log(`${toolName} ${JSON.stringify(input)}`);
    if (toolName === "bash" && /\brm\b/.test(input.command))
      return { block: true, reason: "Invoices are kept for ten years." };
  });
  ws.hooks.register("before_tool_call", async ({ toolName, approve }) => {
    if (toolName === "write") await approve({ prompt: "May the agent write this file?", timeoutMs: 60_000 });
  });
  ws.hooks.register("after_tool_call", ({ output }) => ({
    output: output.replaceAll(/\b[A-Z]{2}\d{20}\b/g, "[account]"),
  }));

  const result = await ws.run({
    message: "Tidy up invoices, and write into payment.txt what is to be paid.",
    onEvent: async (event) => {
      if (event.type !== "pending") return;
      const approved = (given ?? (await ask(`${event.prompt} ${JSON.stringify(event.input)}`))) === "yes";
      ws.approvals.resolve(event.approvalId, {
        approved,
        reason: approved ? undefined : "wait for the auditor",
      });
    },
  });
  console.log(`\n${result.response}\n`);
  for (const [userId, costUsd] of bill) console.log(`${userId} has spent $${costUsd.toFixed(4)}`);
} finally {
  await scripted?.close();
  await rm(stateDir, { recursive: true });
}

async function ask(question) {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await terminal.question(`${question}\nyes or no? `);
  } finally {
    terminal.close();
  }
}
