import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type AnswerFunction, type ModelServer, startModelServer } from "@cloison/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyExample, copyNode, createFolderFor, createProject, ORDINARY_USER, runFile } from "./project.ts";

const isRoot = process.getuid?.() === 0;
const NEEDS_CGROUP = "needs root, or a delegated cgroup that this user need not have";

let project: string;
let server: ModelServer;
beforeAll(async () => {
  project = await createProject(["cloison-runtime"]);
  server = await startModelServer({ script: answer });
});
afterAll(() => server?.close());

/** Plays the model for both examples: one tool call, then what the tool said. */
const answer: AnswerFunction = ({ messages }) => {
  const last = messages.at(-1);
  if (last?.role === "tool") return { text: `the tool said: ${last.toolResults[0]?.text}` };
  if (last?.text.startsWith("Find")) return { toolCalls: [{ name: "grep", arguments: { pattern: "TODO" } }] };
  if (last?.text.startsWith("Which")) return { text: `the first of ${messages.length} messages` };
  return { toolCalls: [{ name: "bash", arguments: { command: "echo 'no key fits' > haiku.txt; id -u" } }] };
};

const ANTHROPIC_API_KEY = "sk-for-the-scripted-server";

test("the quick start runs as written, in an empty project", async (context) => {
  if (!isRoot) context.skip(NEEDS_CGROUP);
  const file = await copyExample(project, "quick-start/index.mjs");
  const run = await runFile(file, { args: [server.baseUrls.anthropic], env: { ANTHROPIC_API_KEY } });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  const lines = run.stdout.trimEnd().split("\n");
  expect(lines).toEqual([
    expect.stringMatching(/^the tool said: .*notes\.txt:1: TODO: water the plants$/),
    expect.stringMatching(/^[\w-]+ claude-sonnet-5 \d+$/),
    "the first of 5 messages",
    "[ 'user-42', 'user-43' ]",
    "false user-42",
  ]);
  const sessions = await readdir(join(project, "state", "workspaces", "user-42", "sessions"));
  expect(sessions.filter((name) => name.endsWith(".jsonl"))).toHaveLength(1);
  const again = await runFile(file, { args: [server.baseUrls.anthropic], env: { ANTHROPIC_API_KEY } });
  expect(again).toMatchObject({ code: 0, stderr: "" });
});

test("the single-user snippet runs as written, in an empty project", async (context) => {
  if (!isRoot) context.skip(NEEDS_CGROUP);
  const file = await copyExample(project, "single-user/index.mjs");
  const run = await runFile(file, { args: [server.baseUrls.anthropic], env: { ANTHROPIC_API_KEY } });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  const [call, response, place] = run.stdout.trimEnd().split("\n");
  expect(call).toMatch(/^bash \{"command":/);
  expect(response).toBe("the tool said: 1000");
  const filesDir = place?.replace("its files are in ", "") ?? "";
  expect(filesDir.startsWith(project)).toBe(true);
  expect(await readFile(join(filesDir, "haiku.txt"), "utf8")).toBe("no key fits\n");
});

test("the model is asked with the key that the environment holds", (context) => {
  if (!isRoot) context.skip(NEEDS_CGROUP);
  expect(server.requests.length).toBeGreaterThan(0);
  for (const { apiKey, path } of server.requests) {
    expect({ apiKey, path }).toEqual({
      apiKey: ANTHROPIC_API_KEY,
      path: expect.stringContaining("/v1/messages"),
    });
  }
});

test("a missing key is an error that names the variable", async () => {
  const file = await copyExample(project, "single-user/index.mjs");
  const run = await runFile(file, { args: [server.baseUrls.anthropic] });
  expect(run.code).toBe(1);
  expect(run.stderr).toMatch(/MISSING_API_KEY/);
  expect(run.stderr).toMatch(/ANTHROPIC_API_KEY/);
});

/** Runs the command that the install brings, and reads its JSON lines. */
async function runCommand(args: readonly string[], options: Parameters<typeof runFile>[1]) {
  const bin = join(project, "node_modules", ".bin", "cloison");
  const { code, stdout, stderr } = await runFile(bin, { ...options, args: ["run", "--json", ...args] });
  const events: unknown[] = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  return { code, stderr, events };
}

test("the command that the install brings runs an agent on real files", async (context) => {
  if (!isRoot) context.skip(NEEDS_CGROUP);
  const { code, stderr, events } = await runCommand(["--state-dir", join(project, "cli-state")], {});
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(events).toContainEqual(expect.objectContaining({ type: "file", path: "SUMMARY.md" }));
  expect(events).toContainEqual(expect.objectContaining({ type: "result", provider: "scripted" }));
});

test("an ordinary user is told what is missing, and with best effort gets the same job done", async (context) => {
  if (!isRoot) context.skip("needs root, to become a user without a cgroup");
  const asUser = { node: await copyNode(), cwd: await createFolderFor(ORDINARY_USER), uid: ORDINARY_USER };

  const refused = await runCommand([], asUser);
  expect(refused.code).toBe(1);
  const told = {
    type: "error",
    code: "CGROUP_UNAVAILABLE",
    message: expect.stringContaining("Delegate=yes"),
  };
  expect(refused.events.at(-1)).toMatchObject(told);

  const { code, events } = await runCommand(["--best-effort"], asUser);
  expect(events).not.toContainEqual(expect.objectContaining({ type: "error" }));
  expect(code).toBe(0);
  expect(events).toContainEqual(expect.objectContaining({ type: "file", path: "SUMMARY.md" }));
  expect(events).not.toContainEqual(expect.objectContaining({ type: "sight", kept: false }));
});
