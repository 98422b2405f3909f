import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type ModelScript, type ModelServer, startModelServer } from "@cloison/testing";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

let folder: string;
let project: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloison-cli-"));
  project = join(folder, "project");
  await mkdir(join(project, "src"), { recursive: true });
  await writeFile(join(project, "src", "a.js"), "go();\n// TODO: handle errors\nstop();\n");
  await writeFile(join(project, "b.py"), "# TODO(ada) rename\n# TODO and test\n");
});
afterAll(() => rm(folder, { recursive: true }));

const servers: ModelServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(script: ModelScript): Promise<ModelServer> {
  const server = await startModelServer({ script });
  servers.push(server);
  return server;
}

/** Starts the command with an environment of its own: no key of the test's machine may choose a model. */
function start(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const all = [join(import.meta.dirname, "cli.ts"), ...args];
  const own = { PATH: process.env.PATH ?? "", HOME: folder, ...env };
  return spawn(process.execPath, all, { env: own, stdio: ["ignore", "pipe", "pipe"] });
}

async function ended({ stdout, stderr, ...child }: ChildProcess, closed: Promise<unknown[]>) {
  if (stdout === null || stderr === null) throw new TypeError(`no pipes to ${child.pid}`);
  const [out, err, [code]] = await Promise.all([text(stdout), text(stderr), closed]);
  return { code, out, err };
}

/** An ordinary user may have no cgroup for the limits: then the rest is tested without them. */
const isRoot = process.getuid?.() === 0;
const RUN = isRoot ? ["run"] : ["run", "--best-effort"];

async function run(args: readonly string[], env?: Record<string, string>) {
  const child = start(args, env);
  return await ended(child, once(child, "close"));
}

test("without a key the scripted model has the agent summarize the real TODO comments", async () => {
  const { code, out, err } = await run([...RUN, "--dir", project], { SOME_TOKEN: "canary-of-the-host" });
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toContain("scripted, because no API key is set (ANTHROPIC_API_KEY");
  expect(out).toMatch(/sandbox up in \d+ ms/);
  expect(out).toMatch(/▸ grep pattern=.*\n {2}│ .*TODO/);
  expect(out).toContain("3 TODO comments in 2 files.");
  expect(out).toMatch(/SUMMARY\.md \d+ bytes/);
  expect(out).toContain("- line 2: handle errors");
  expect(out).toMatch(/tokens +\d+ in, \d+ out/);
  if (isRoot) expect(out).not.toContain("✗");
  expect(out).not.toContain("\u001b");
});

test("the table is measured: it shows what is kept from the agent and what it may see", async () => {
  const { out } = await run([...RUN, "--dir", project, "--json"], { SOME_TOKEN: "canary-of-the-host" });
  const rows = events(out).filter(({ type }) => type === "sight");
  expect(rows.map(({ what }) => what)).toEqual([
    folder,
    join(folder, ".local", "state", "cloison"),
    project,
    "/etc/shadow",
    "processes",
    "network interfaces",
    expect.stringContaining("connect to 127.0.0.1"),
    "connect to 1.1.1.1:443",
    "SOME_TOKEN",
    "the model's key",
    "the key of this look's model",
    "user and rights",
  ]);
  expect(rows.filter(({ kept }) => kept !== true)).toEqual([]);
  expect(out).not.toContain("canary-of-the-host");
});

test("as JSON lines the events, the files and the result can be read by a program", async () => {
  const { code, out } = await run([...RUN, "--dir", project, "--json"]);
  expect(code).toBe(0);
  const types = events(out).map(({ type }) => type);
  expect(types).toEqual(
    expect.arrayContaining(["started", "sandbox_ready", "tool_start", "tool_end", "done"]),
  );
  const file = events(out).find(({ type }) => type === "file");
  expect(file).toMatchObject({ path: "SUMMARY.md", text: expect.stringContaining("## b.py") });
  const started = events(out).find(({ type }) => type === "started");
  expect(await readFile(join(String(started?.filesDir), "SUMMARY.md"), "utf8")).toBe(file?.text);
  expect(events(out).find(({ type }) => type === "result")).toMatchObject({ model: "todo", turns: 4 });
});

test("with a base URL the model there gets the message, and its words are shown", async () => {
  const server = await serve([{ text: "It is about doors.\u001b[2J" }]);
  const args = [
    "run",
    "--dir",
    project,
    "--base-url",
    server.baseUrls.openai,
    "--model",
    "local",
    "What is this about?",
  ];
  const { code, out } = await run(args, { ANTHROPIC_API_KEY: "not-for-this-server" });
  expect(code).toBe(0);
  expect(out).toContain("It is about doors.\ufffd[2J");
  expect(server.requests[0]).toMatchObject({ model: "local", apiKey: "none" });
  expect(server.requests[0]?.messages.at(-1)?.text).toContain("What is this about?");
});

test("when the first model cannot answer the fallback does, and one line says why", async () => {
  const server = await serve(({ model }) =>
    model === "first" ? { fault: { status: 404 } } : { text: "spare" },
  );
  const args = ["run", "--dir", project, "--base-url", server.baseUrls.openai, "--model", "first"];
  const { code, out } = await run([...args, "--fallback", "custom/second", "hello"]);
  expect(code).toBe(0);
  expect(out).toMatch(/✗ custom\/first …: model_not_found, 404/);
  expect(server.requests.map(({ model }) => model)).toEqual(["first", "second"]);
});

test("a session goes on with its talk and its files", async () => {
  const server = await serve([
    { toolCalls: [{ name: "write", arguments: { path: "note.txt", content: "kept" } }] },
    { text: "noted" },
    { toolCalls: [{ name: "read", arguments: { path: "note.txt" } }] },
    { text: "it says so" },
  ]);
  const args = [
    "run",
    "--dir",
    project,
    "--base-url",
    server.baseUrls.openai,
    "--model",
    "m",
    "--session",
    "s1",
  ];
  expect((await run([...args, "remember"])).code).toBe(0);
  const { code, out } = await run([...args, "recall"]);
  expect(code).toBe(0);
  expect(out).toMatch(/│ kept/);
  const asked = server.requests.at(-1)?.messages.filter(({ role }) => role === "user");
  expect(asked?.map(({ text: said }) => said)).toEqual(["remember", "recall"]);
});

test("a failed model call is one or two lines with its code, and exit code 1", async () => {
  const server = await serve([{ fault: { status: 401 } }]);
  const { code, err } = await run([
    "run",
    "--dir",
    project,
    "--base-url",
    server.baseUrls.openai,
    "--model",
    "m",
  ]);
  expect(code).toBe(1);
  expect(err).toMatch(/^error MODEL_CALL_FAILED: .*401/);
  expect(err.trimEnd().split("\n").length).toBeLessThanOrEqual(2);
});

test.each([
  ["no command", []],
  ["an unknown option", ["run", "--fast"]],
  ["an unknown command", ["walk"]],
  ["a model that nobody offers", ["run", "--model", "m"]],
])("%s is a usage error", async (_name, args) => {
  const { code, out, err } = await run(args);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).not.toBe("");
});

test("^C ends the run, its sandbox and the command", async () => {
  const server = await serve([{ fault: { hang: true } }]);
  const args = [...RUN, "--dir", project, "--base-url", server.baseUrls.openai, "--model", "m", "--json"];
  const child = start(args);
  const closed = once(child, "close");
  server.onRequest(() => child.kill("SIGINT"));
  const { code, out } = await ended(child, closed);
  expect(code).toBe(130);
  expect(events(out).at(-1)).toMatchObject({ type: "error", code: "RUN_ABORTED" });
});

function events(out: string): Record<string, unknown>[] {
  return out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}
