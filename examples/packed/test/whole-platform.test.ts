import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type AnswerFunction, type ModelServer, startModelServer } from "@cloison/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyExample, createProject, runFile } from "./project.ts";

let project: string;
let server: ModelServer;
beforeAll(async () => {
  project = await createProject("cloison-runtime");
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

test("the quick start runs as written, in an empty project", async () => {
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
});

test("the single-user snippet runs as written, in an empty project", async () => {
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

test("the model is asked with the key that the environment holds", () => {
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

test("the command that the install brings runs an agent on the user's files", async () => {
  const bin = join(project, "node_modules", ".bin", "cloison");
  const run = await runFile(bin, { args: ["run", "--state-dir", join(project, "cli-state"), "--json"] });
  const events = run.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(events).toContainEqual(expect.objectContaining({ type: "file", path: "SUMMARY.md" }));
  expect(events).toContainEqual(expect.objectContaining({ type: "result", provider: "scripted" }));
});
