import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { createProject } from "./project.ts";

const modules = join(import.meta.dirname, "..", "..", "..", "node_modules");

/** As a careful reader has it: nothing is let pass, neither here nor in the types of what is installed. */
const compilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
  module: "nodenext",
  target: "es2023",
  lib: ["es2023", "esnext.disposable"],
  types: ["node"],
  typeRoots: [join(modules, "@types")],
};

const program = `
import { createPlatform, RunAbortedError, spawnSubagentsParallel } from "cloison-runtime";
import type { CustomTool, HookHandler, JsonObject, RunEvent, SubagentOptions, TextContent } from "cloison-runtime";
import { startModelServer } from "@cloison/testing";
import { createSessionStore } from "@cloison/sessions";

const stock: CustomTool = {
  name: "stock",
  description: "Tells how much there is",
  parameters: { type: "object", properties: { product: { type: "string" } }, required: ["product"] },
  execute: ({ product }: { product: string }, { signal }) => (signal.aborted ? "" : product),
};
const blocks: CustomTool = {
  ...stock,
  name: "blocks",
  execute: async (input: JsonObject): Promise<TextContent[]> => [{ type: "text", text: String(input.product) }],
};
const guard: HookHandler<"before_tool_call"> = async ({ toolName, input, approve }) => {
  if (toolName === "bash" && String(input.command).includes("rm")) return { block: true, reason: "no" };
  if (toolName === "write") await approve({ prompt: "?" });
  return undefined;
};
const subagents: SubagentOptions = { roles: { reader: { description: "Reads", tools: ["read"] } } };

const server = await startModelServer({ script: [{ text: "Hello" }] });
const platform = createPlatform({ stateDir: "state", provider: "openai", baseUrl: server.baseUrls.openai, subagents });
const ws = await platform.createWorkspace("ada");
const off: () => void = ws.hooks.register("before_tool_call", guard);
const onEvent = (event: RunEvent) => {
  if (event.type === "pending") ws.approvals.resolve(event.approvalId, { approved: true });
};
const schema = { type: "object", properties: { city: { type: "string" } } } as const;
const stream = ws.stream<{ city: string }>({ message: "Hi", tools: [stock, blocks], schema, onEvent });
try {
  for await (const event of stream) if (event.type === "text_delta") console.log(event.text);
} catch (error) {
  if (error instanceof RunAbortedError) console.log(error.sessionId, error.attempts.length);
}
const { output, subagents: children, sessionId } = await stream.result;
console.log(output.city.length, children.map(({ usage }) => usage.totalTokens));
for await (const entry of ws.sessions.read(sessionId)) if (entry.type === "message") console.log(entry.message.role);
for (const run of await ws.interrupted()) await ws.resume<{ city: string }>(run.sessionId, { schema });
const done = await spawnSubagentsParallel({ tasks: [1, 2], run: (n, { signal }) => ws.run({ message: String(n), signal }) });
for (const one of done) console.log(one.status === "fulfilled" ? one.value.response : one.reason);
await using session = await createSessionStore({ dir: "sessions" }).open();
await session.append({ type: "message", message: { role: "user", content: "Hi", timestamp: 0 } });
off();
`;

let project: string;
beforeAll(async () => {
  project = await createProject(["cloison-runtime", "@cloison/sessions", "@cloison/testing"]);
});

/** What the compiler says of a program, in the project. */
async function compile(text: string): Promise<string> {
  await writeFile(join(project, "main.ts"), text);
  await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["main.ts"] }));
  const tsc = join(modules, "typescript", "bin", "tsc");
  return await new Promise((resolve) => {
    execFile(process.execPath, [tsc, "--pretty", "false"], { cwd: project }, (_, stdout) => resolve(stdout));
  });
}

test("a strict TypeScript program with tools, hooks, outputs, subagents and sessions compiles against the tarballs", async () => {
  expect(await compile(program)).toBe("");
});

test("the compiler finds misspelt names in it", async () => {
  expect(await compile(program.replace("onEvent });", "onEvents: onEvent });"))).toMatch(/TS2561/);
  expect(await compile(program.replace('"before_tool_call", guard', '"after_tool_call", guard'))).toMatch(
    /TS2345/,
  );
});
