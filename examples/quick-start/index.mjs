// Two tenants on one machine: each has a workspace of its own, and each run a sandbox of its own.
// Usage: node index.mjs [base URL], with ANTHROPIC_API_KEY in the environment. The base URL is for a proxy or a test.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createPlatform } from "cloison-runtime";

const platform = createPlatform({ stateDir: "./state" });
const config = { provider: "anthropic", model: "claude-sonnet-5", baseUrl: process.argv[2] };

const ws = (await platform.workspaceExists("user-42"))
  ? await platform.getWorkspace("user-42")
  : await platform.createWorkspace("user-42", config);
await writeFile(join(ws.filesDir, "notes.txt"), "TODO: water the plants\n");
await platform.createWorkspace("user-43", config);

const result = await ws.run({ message: "Find all TODO comments and create a summary" });
console.log(result.response);
console.log(result.sessionId, result.model, result.usage.totalTokens);

const again = await ws.run({ message: "Which one comes first?", sessionId: result.sessionId });
console.log(again.response);

console.log(await platform.listWorkspaces());
await platform.deleteWorkspace("user-43");
console.log(await platform.workspaceExists("user-43"), (await platform.getWorkspace("user-42")).userId);
