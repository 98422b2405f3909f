// An agent that gives work to two subagents: one may only read its files, the other works on a private copy of them.
// Usage: node main.mjs [required | best-effort]. Without ANTHROPIC_API_KEY in the environment all agents are scripted.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPlatform } from "cloison-runtime";
import { startScriptedAgents } from "./scripted-agents.mjs";

const program =
  "let sum = 0;\n// One, two and three make six.\nfor (let i = 1; i < 3; i++) sum += i;\nconsole.log(sum);\n";

const withKey = process.env.ANTHROPIC_API_KEY !== undefined;
const scripted = withKey ? undefined : await startScriptedAgents();
const stateDir = await mkdtemp(join(tmpdir(), "cloison-subagents-"));
const platform = createPlatform({
  stateDir,
  ...(scripted?.model ?? { provider: "anthropic", model: "claude-sonnet-5" }),
  apiKeys: scripted?.apiKeys,
  sandbox: { enforce: process.argv[2] ?? "required", limits: { memoryMb: 1024 } },
  // What an agent may ask for is a role and a task; all the rest is the host's word.
  subagents: {
    maxDepth: 1,
    maxTotal: 5,
    roles: {
      reviewer: {
        description: "Reads programs and says what is wrong with them. Changes nothing.",
        systemPrompt: "You are the reviewer. Read what you are asked about, and answer in one sentence.",
        files: "read-only",
        timeoutMs: 120_000,
      },
      fixer: {
        description: "Tries changes of programs out in a copy of the files, and says what the change is.",
        systemPrompt: "You are the fixer. Try the change out in your copy, and tell the changed line.",
        files: "fork",
        budget: { run: { maxTurns: 10 } },
      },
    },
  },
});
try {
  const ws = await platform.createWorkspace("user-42", {
    systemPrompt: "You are the lead. Let the reviewer and the fixer do the work, and tell what they said.",
  });
  await writeFile(join(ws.filesDir, "sum.mjs"), program);
  const result = await ws.run({
    message: "The program sum.mjs prints 3 and not 6. Why, and how would it be mended?",
    enableSubagents: true,
    onEvent: tell,
  });
  console.log(`\n${result.response}\n`);
  console.table(
    result.subagents.map(({ role, depth, status, turns, usage }) => {
      return { role, depth, status, turns, tokens: usage.totalTokens };
    }),
  );
  const after = await readFile(join(ws.filesDir, "sum.mjs"), "utf8");
  console.log(after === program ? "sum.mjs is as it was" : "sum.mjs was changed by the lead");
  console.log(`${ws.subagents.countActive()} subagents are active, ${ws.subagents.listAll().length} were`);
} finally {
  await scripted?.close();
  await rm(stateDir, { recursive: true });
}

/** What subagents do, while they do it. */
function tell(event) {
  if (event.type === "subagent_start") console.log(`${event.role} begins: ${event.task}`);
  if (event.type === "subagent_event" && event.event.type === "tool_start")
    console.log(`  ${event.role} calls ${event.event.toolName}`);
  if (event.type === "subagent_end") console.log(`${event.role} is ${event.status}`);
}
