import { once } from "node:events";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  AgentAbortedError,
  AgentStartError,
  AgentStateError,
  AgentWorkerExitError,
  startAgentWorker,
} from "../src/index.ts";
import { bash, call, createScriptedModel, onlyText, say } from "./support/scripted-model.ts";
import { createTemporaryDirectory } from "./support/temporary-directory.ts";
import { createUnconfinedSandbox } from "./support/unconfined-sandbox.ts";

test("a worker serves one run after another, also after an abort", async () => {
  await using worker = await startAgentWorker({ sandbox: createUnconfinedSandbox(), cwd: "/" });
  const abort = new AbortController();
  const slow = createScriptedModel(bash("echo up; sleep 1000"), say("never"));
  const aborted = worker.run({
    prompt: "slow",
    callModel: slow.callModel,
    signal: abort.signal,
    onEvent: (event) => event.type === "tool_update" && abort.abort(),
  });
  await expect(aborted).rejects.toBeInstanceOf(AgentAbortedError);
  for (const name of ["second", "third"]) {
    // The ids are those of the aborted run: what the worker still says of that must not count.
    const model = createScriptedModel(bash(`echo ${name}`), say("done"));
    expect(await worker.run({ prompt: name, callModel: model.callModel })).toEqual({ turns: 2 });
    expect(onlyText(model.seen[1])).toBe(name);
  }
});

test("a worker that failed a run by the host's fault serves the next", async () => {
  await using worker = await startAgentWorker({ sandbox: createUnconfinedSandbox(), cwd: "/" });
  const failure = new Error("overloaded");
  const broken = { prompt: "go", callModel: () => Promise.reject(failure) };
  await expect(worker.run(broken)).rejects.toBe(failure);
  const model = createScriptedModel(bash("true"));
  await expect(worker.run({ prompt: "go", callModel: model.callModel, maxTurns: 2 })).rejects.toThrow(
    "2 turns",
  );
  const { callModel } = createScriptedModel(say("hello"));
  expect(await worker.run({ prompt: "go", callModel })).toEqual({ turns: 1 });
});

test("a busy worker and a closed one refuse a run", async () => {
  const worker = await startAgentWorker({ sandbox: createUnconfinedSandbox(), cwd: "/" });
  const { promise: inModel, resolve } = Promise.withResolvers<void>();
  const first = worker.run({
    prompt: "go",
    callModel: ({ signal }) => {
      resolve();
      return once(signal, "abort").then(() => say("late"));
    },
  });
  const firstEnd = expect(first).rejects.toThrow("closed during the run");
  await inModel;
  const { callModel } = createScriptedModel(say("hello"));
  await expect(worker.run({ prompt: "go", callModel })).rejects.toBeInstanceOf(AgentStateError);
  await worker.close();
  await firstEnd;
  await expect(worker.run({ prompt: "go", callModel })).rejects.toThrow("closed: start another");
  expect(await worker.closed).toBeUndefined();
  await worker.close();
});

test("the death of a worker is a typed error with its last words, in a run and at rest", async () => {
  const sandbox = createUnconfinedSandbox({ prelude: `printf '\\033[31mlast words\\n' >&2` });
  const worker = await startAgentWorker({ sandbox, cwd: "/" });
  const model = createScriptedModel(bash("kill -KILL $PPID; sleep 5"), say("never"));
  const error = await worker
    .run({ prompt: "go", callModel: model.callModel })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AgentWorkerExitError);
  expect(error).toMatchObject({ exitCode: null, signal: "SIGKILL", oomKilled: false });
  expect(error).toMatchObject({ stderrTail: "[31mlast words" });
  expect(await worker.closed).toBe(error);

  const resting = await startAgentWorker({ sandbox, cwd: "/" });
  process.kill(resting.pid, "SIGKILL");
  expect(await resting.closed).toBeInstanceOf(AgentWorkerExitError);
});

test("the death of the worker during a model call aborts the call", async () => {
  const worker = await startAgentWorker({ sandbox: createUnconfinedSandbox(), cwd: "/" });
  const running = worker.run({
    prompt: "go",
    async callModel({ signal }) {
      process.kill(worker.pid, "SIGKILL");
      await once(signal, "abort");
      throw signal.reason;
    },
  });
  await expect(running).rejects.toBeInstanceOf(AgentWorkerExitError);
});

test("a program that is not a worker is a start error that tells its words", async () => {
  const sandbox = createUnconfinedSandbox({
    program: ["/bin/sh", "-c", "echo cannot open shared object >&2; exit 127"],
  });
  const error = await startAgentWorker({ sandbox, cwd: "/" }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AgentStartError);
  expect(error).toMatchObject({
    message: expect.stringContaining("exit code 127; its stderr ended: cannot open shared object"),
  });
});

test("a worker that never is ready, or not before the abort, is killed", async () => {
  const sandbox = createUnconfinedSandbox({ program: ["/bin/sleep", "1000"] });
  await expect(startAgentWorker({ sandbox, cwd: "/", startTimeoutMs: 50 })).rejects.toThrow(
    "not ready after 50 ms",
  );
  const abort = new AbortController();
  const starting = startAgentWorker({ sandbox, cwd: "/", signal: abort.signal });
  setImmediate(() => abort.abort());
  await expect(starting).rejects.toBeInstanceOf(AgentAbortedError);
  for (const { exit } of sandbox.started) expect(await exit).toMatchObject({ signal: "SIGKILL" });
});

test("noise on stdout and stderr disturbs nothing", async () => {
  using directory = createTemporaryDirectory();
  const prelude = "(while echo noise && echo noise >&2; do :; done) & echo $! > pid";
  const sandbox = createUnconfinedSandbox({ prelude });
  const model = createScriptedModel(call({ name: "write", args: { path: "a", content: "b" } }), say("done"));
  {
    await using worker = await startAgentWorker({ sandbox, cwd: directory.path });
    expect(await worker.run({ prompt: "go", callModel: model.callModel })).toEqual({ turns: 2 });
  }
  process.kill(Number(readFileSync(directory.at("pid"), "utf8")), "SIGKILL");
});
