import { createSandbox } from "@cloison/sandbox";
import { expect, test } from "vitest";
import {
  AgentAbortedError,
  AgentWorkerExitError,
  runAgent,
  startAgentWorker,
  workerMounts,
} from "../src/index.ts";
import { bash, call, createScriptedModel, onlyText, say } from "./support/scripted-model.ts";
import { createTemporaryDirectory, type TemporaryDirectory } from "./support/temporary-directory.ts";

/** Also where no cgroup can be had; there an rlimit counts the 512 MB of addresses that Node takes for code. */
const createWith = (workspace: TemporaryDirectory) =>
  createSandbox({
    mounts: [...workerMounts(), { source: workspace.path, target: "/workspace", access: "rw" }],
    enforce: "best-effort",
    limits: { memoryMb: 1024 },
  });

test("an agent works in its sandbox on the workspace's files", async () => {
  using workspace = createTemporaryDirectory();
  workspace.file("src/a.ts", "// TODO: one\n");
  await using sandbox = await createWith(workspace);
  const model = createScriptedModel(
    call({ name: "grep", args: { pattern: "TODO" } }),
    call({ name: "write", args: { path: "todo/list.md", content: "- one\n" } }),
    bash("id -u; pwd; cat todo/list.md; echo error > /dev/stderr"),
    say("done"),
  );
  expect(await runAgent({ sandbox, prompt: "list the TODOs", callModel: model.callModel })).toEqual({
    turns: 4,
  });
  expect(onlyText(model.seen[1])).toBe("src/a.ts:1: // TODO: one");
  expect(onlyText(model.seen[3])).toBe("1000\n/workspace\n- one\nerror");
});

test("the tools see the sandbox's files and processes, not the host's", async () => {
  using workspace = createTemporaryDirectory();
  using outside = createTemporaryDirectory();
  const secret = outside.file("secret", "canary");
  await using sandbox = await createWith(workspace);
  const model = createScriptedModel(
    call(
      { name: "read", args: { path: secret } },
      { name: "ls", args: { path: "/proc" }, id: "ls" },
      { name: "write", args: { path: "/opt/cloison/worker.cjs", content: "" }, id: "write" },
      { name: "bash", args: { command: "cat /proc/*/environ | tr '\\0' '\\n'" }, id: "env" },
    ),
    say("done"),
  );
  process.env.AGENT_TEST_CANARY = "canary-in-the-environment";
  await runAgent({ sandbox, prompt: "look around", callModel: model.callModel });
  delete process.env.AGENT_TEST_CANARY;
  const [read, ls, write, env] = model.seen[1] ?? [];
  expect(read?.isError).toBe(true);
  expect(ls?.content[0]?.text.split("\n")).not.toContain(`${process.pid}/`);
  expect(write?.content[0]?.text).toMatch(/read-only|permission denied/);
  expect(env?.content[0]?.text).toContain("HOME=/home/agent");
  expect(env?.content[0]?.text).not.toContain("canary");
});

test("an abort leaves none of the tools' processes behind", async () => {
  using workspace = createTemporaryDirectory();
  await using sandbox = await createWith(workspace);
  const before = (await sandbox.commands.run("ls /proc | grep -c '^[0-9]'")).stdout;
  const abort = new AbortController();
  const model = createScriptedModel(bash("setsid sleep 1000 & sleep 1000 & echo up; wait"), say("never"));
  const running = runAgent({
    sandbox,
    prompt: "go",
    callModel: model.callModel,
    signal: abort.signal,
    onEvent: (event) => event.type === "tool_update" && abort.abort(),
  });
  await expect(running).rejects.toBeInstanceOf(AgentAbortedError);
  expect((await sandbox.commands.run("ls /proc | grep -c '^[0-9]'")).stdout).toBe(before);
});

test("the kernel's end of a sandbox under a worker is a typed error", async () => {
  using workspace = createTemporaryDirectory();
  await using sandbox = await createWith(workspace);
  const worker = await startAgentWorker({ sandbox });
  const model = createScriptedModel(() => sandbox.kill().then(() => say("never")));
  const running = worker.run({ prompt: "go", callModel: model.callModel });
  await expect(running).rejects.toBeInstanceOf(AgentWorkerExitError);
  expect(await worker.closed).toBeInstanceOf(AgentWorkerExitError);
});

test("a memory bomb in a tool is the tool's failure, or the worker's with oomKilled", async () => {
  using workspace = createTemporaryDirectory();
  await using sandbox = await createWith(workspace);
  const model = createScriptedModel(bash("tail /dev/zero"), say("it failed"));
  const running = runAgent({ sandbox, prompt: "go", callModel: model.callModel });
  const outcome = await running.catch((error: unknown) => error);
  if (outcome instanceof AgentWorkerExitError) {
    expect(outcome.oomKilled).toBe(true);
    expect(outcome.message).toContain("raise limits.memoryMb");
  } else {
    expect(outcome).toEqual({ turns: 2 });
    // The cgroup's killer, or an rlimit's refusal.
    expect(onlyText(model.seen[1])).toMatch(/killed by SIGKILL|memory exhausted/);
  }
});
