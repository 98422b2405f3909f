import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type AnswerFunction, type ModelServer, startModelServer } from "@cloison/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Delegation, delegateTo, delegationLack } from "./delegation.ts";
import { copyExample, copyNode, createFolderFor, createProject, ORDINARY_USER, runFile } from "./project.ts";

const lack = process.getuid?.() === 0 ? delegationLack : "needs root, to delegate groups to another user";
const skipped = lack === undefined ? "" : ` (skipped: ${lack})`;

/** Plays the model: a command, then what it printed. */
const answer: AnswerFunction = ({ messages }) => {
  const last = messages.at(-1);
  if (last?.role === "tool") return { text: `the tool said: ${last.toolResults[0]?.text}` };
  return {
    toolCalls: [{ name: "bash", arguments: { command: "id -u; cat notes.txt || echo > haiku.txt" } }],
  };
};

describe.skipIf(lack !== undefined)(`an ordinary user with delegated groups${skipped}`, () => {
  let project: string;
  let delegation: Delegation;
  let server: ModelServer;
  let asUser: { node: string; cwd: string; uid: number; groups: readonly string[] };
  beforeAll(async () => {
    project = await createProject(["cloison-runtime"]);
    delegation = await delegateTo(ORDINARY_USER);
    server = await startModelServer({ script: answer });
    const [node, cwd] = [await copyNode(), await createFolderFor(ORDINARY_USER)];
    asUser = { node, cwd, uid: ORDINARY_USER, groups: delegation.groups };
  });
  afterAll(async () => {
    await server?.close();
    await delegation?.remove();
  });

  test("runs the sandbox alone as written, with every layer", async () => {
    const run = await runFile(await copyExample(project, "sandbox-only/index.mjs"), asUser);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toMatch(/^1000\n\/home:\nagent\nhello$/m);
    expect(run.stdout).not.toMatch(/^- /m);
  });

  test("runs the quick start as written", async () => {
    const env = { ANTHROPIC_API_KEY: "sk-for-the-scripted-server" };
    const options = { ...asUser, args: [server.baseUrls.anthropic], env };
    const run = await runFile(await copyExample(project, "quick-start/index.mjs"), options);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toMatch(/^the tool said: 1000\nTODO: water the plants/);
    expect(run.stdout).toMatch(/^false user-42$/m);
  });

  test("runs the single-user snippet as written", async () => {
    const env = { ANTHROPIC_API_KEY: "sk-for-the-scripted-server" };
    const options = { ...asUser, args: [server.baseUrls.anthropic], env };
    const run = await runFile(await copyExample(project, "single-user/index.mjs"), options);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toMatch(/^the tool said: 1000$/m);
    const filesDir = /^its files are in (.*)$/m.exec(run.stdout)?.[1] ?? "";
    expect(filesDir.startsWith(asUser.cwd)).toBe(true);
    expect(await readFile(join(filesDir, "haiku.txt"), "utf8")).toBe("\n");
  });
});
