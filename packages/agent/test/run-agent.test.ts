import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  AgentAbortedError,
  type AgentEvent,
  AgentMaxTurnsError,
  AgentOptionsError,
  AgentTurnError,
  type AssistantTurn,
  runAgent,
  startAgentWorker,
} from "../src/index.ts";
import { processEnded } from "./support/process-ended.ts";
import { bash, call, createScriptedModel, onlyText, say } from "./support/scripted-model.ts";
import { createTemporaryDirectory } from "./support/temporary-directory.ts";
import { createUnconfinedSandbox } from "./support/unconfined-sandbox.ts";

test("an agent uses every tool on real files, and the host sees each result under its call", async () => {
  using directory = createTemporaryDirectory();
  directory.file("src/a.ts", "// TODO: one\n");
  const model = createScriptedModel(
    call(
      { name: "ls" },
      { name: "find", args: { pattern: "*.ts" } },
      { name: "grep", args: { pattern: "TODO" } },
      { name: "read", args: { path: "src/a.ts" } },
    ),
    call({ name: "write", args: { path: "out/todo.txt", content: "one" }, id: "odd id/1" }),
    call({ name: "edit", args: { path: "out/todo.txt", oldText: "one", newText: "- one" } }),
    bash("pwd; cat out/todo.txt; exit 1"),
    say("done"),
  );
  const outcome = await runAgent({
    sandbox: createUnconfinedSandbox(),
    cwd: directory.path,
    prompt: "find all TODO comments",
    callModel: model.callModel,
  });
  expect(outcome).toEqual({ turns: 5 });
  expect(model.seen[0]).toEqual([]);
  expect(model.seen[1]?.map((result) => [result.toolCallId, result.toolName, onlyText([result])])).toEqual([
    ["call-1", "ls", "src/"],
    ["call-2", "find", "src/a.ts"],
    ["call-3", "grep", "src/a.ts:1: // TODO: one"],
    ["call-4", "read", "// TODO: one"],
  ]);
  expect(model.seen[2]).toEqual([
    {
      toolCallId: "odd id/1",
      toolName: "write",
      content: [{ type: "text", text: "Wrote 3 bytes to out/todo.txt." }],
      isError: false,
    },
  ]);
  expect(model.seen[4]?.[0]?.isError).toBe(true);
  expect(onlyText(model.seen[4])).toBe(`${directory.path}\n- one\n\nCommand exited with code 1.`);
});

test("events come in order, with the host's own names and arguments", async () => {
  const events: AgentEvent[] = [];
  const model = createScriptedModel(bash("echo out; echo err >&2"), say("done"));
  await runAgent({
    sandbox: createUnconfinedSandbox(),
    cwd: "/",
    prompt: "go",
    callModel: model.callModel,
    onEvent: (event) => events.push(event),
  });
  const [start, ...rest] = events.filter(({ type }) => type !== "tool_update");
  const about = { toolCallId: "call-1", toolName: "bash" };
  expect(start).toEqual({ type: "tool_start", ...about, arguments: { command: "echo out; echo err >&2" } });
  expect(rest).toEqual([{ type: "tool_end", ...about, result: model.seen[1]?.[0] }]);
});

test("the output of a running tool is seen before it ends", async () => {
  using directory = createTemporaryDirectory();
  const { promise: seen, resolve } = Promise.withResolvers<void>();
  const model = createScriptedModel(bash("mkfifo go; echo waiting; read x < go; echo got $x"), say("done"));
  const running = runAgent({
    sandbox: createUnconfinedSandbox(),
    cwd: directory.path,
    prompt: "go",
    callModel: model.callModel,
    onEvent: (event) => event.type === "tool_update" && event.text === "waiting\n" && resolve(),
  });
  await seen;
  directory.file("go", "it\n");
  await running;
  expect(onlyText(model.seen[1])).toBe("waiting\ngot it");
});

test("a call that cannot run is a result for the model, not an end", async () => {
  const cut: AssistantTurn = { ...bash("echo never"), stopReason: "length" };
  const model = createScriptedModel(
    call({ name: "__proto__" }, { name: "read", args: { offset: "x" }, id: "constructor" }),
    cut,
    say("done"),
  );
  await runAgent({ sandbox: createUnconfinedSandbox(), cwd: "/", prompt: "go", callModel: model.callModel });
  expect(model.seen[1]?.map((result) => [result.toolCallId, result.isError, onlyText([result])])).toEqual([
    ["call-1", true, "Tool __proto__ not found"],
    [
      "constructor",
      true,
      "The arguments of read are not valid: path is missing; offset must be a whole number. It takes {path, offset?, limit?}.",
    ],
  ]);
  expect(onlyText(model.seen[2])).toContain("the response hit the output token limit");
});

test("what callModel throws is the rejection, and the sandbox learns nothing of it", async () => {
  const sandbox = createUnconfinedSandbox();
  const failure = new TypeError("key sk-123 was refused");
  const callModel = () => Promise.reject(failure);
  await expect(runAgent({ sandbox, cwd: "/", prompt: "go", callModel })).rejects.toBe(failure);
  expect(await sandbox.started[0]?.exit).toEqual({ exitCode: 0, signal: null, oomKilled: false });
});

test("what onEvent throws is the rejection", async () => {
  const failure = new RangeError("mine");
  const onEvent = () => {
    throw failure;
  };
  const { callModel } = createScriptedModel(bash("true"), say("done"));
  const sandbox = createUnconfinedSandbox();
  await expect(runAgent({ sandbox, cwd: "/", prompt: "go", callModel, onEvent })).rejects.toBe(failure);
});

test("an abort ends the tools' processes, the worker and the run", async () => {
  using directory = createTemporaryDirectory();
  const sandbox = createUnconfinedSandbox();
  const abort = new AbortController();
  const reason = new Error("enough");
  const model = createScriptedModel(bash("echo $$ > pid; echo up; sleep 1000 & wait"), say("done"));
  const running = runAgent({
    sandbox,
    cwd: directory.path,
    prompt: "go",
    callModel: model.callModel,
    signal: abort.signal,
    onEvent: (event) => event.type === "tool_update" && abort.abort(reason),
  });
  const error = await running.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AgentAbortedError);
  expect(error).toMatchObject({ code: "AGENT_ABORTED", cause: reason });
  expect(await sandbox.started[0]?.exit).toMatchObject({ exitCode: 0 });
  await processEnded(Number(readFileSync(directory.at("pid"), "utf8")));
});

test("an abort reaches a model call, and the run waits for it to settle", async () => {
  await using worker = await startAgentWorker({ sandbox: createUnconfinedSandbox(), cwd: "/" });
  const abort = new AbortController();
  const order: string[] = [];
  const running = worker.run({
    prompt: "go",
    signal: abort.signal,
    async callModel({ signal }) {
      abort.abort();
      order.push(`model aborted: ${signal.aborted}`);
      for (let turns = 0; turns < 10; turns++) await new Promise((resolve) => setImmediate(resolve));
      order.push("model settled");
      return say("too late");
    },
  });
  const error = await running.catch((thrown: unknown) => thrown);
  order.push("run settled");
  expect(error).toBeInstanceOf(AgentAbortedError);
  expect(order).toEqual(["model aborted: true", "model settled", "run settled"]);
});

test("calls of one turn run one after another", async () => {
  using directory = createTemporaryDirectory();
  const one = { name: "bash", args: { command: "for i in 1 2 3; do echo $$ >> log; sleep 0; done" } };
  const model = createScriptedModel(
    call(
      { ...one, id: "a" },
      { ...one, id: "b" },
      { ...one, id: "c" },
      { name: "read", args: { path: "log" }, id: "d" },
    ),
    say("done"),
  );
  const options = { sandbox: createUnconfinedSandbox(), cwd: directory.path, prompt: "go" };
  await runAgent({ ...options, callModel: model.callModel });
  const pids = onlyText(model.seen[1]?.slice(-1)).split("\n");
  expect(pids).toHaveLength(9);
  expect(pids).toEqual([0, 3, 6].flatMap((first) => Array(3).fill(pids[first])));
});

test("an aborted signal starts nothing", async () => {
  const sandbox = createUnconfinedSandbox();
  const { callModel } = createScriptedModel();
  const running = runAgent({ sandbox, cwd: "/", prompt: "go", callModel, signal: AbortSignal.abort() });
  await expect(running).rejects.toBeInstanceOf(AgentAbortedError);
  expect(sandbox.started).toHaveLength(0);
});

test("maxTurns ends an agent that never does", async () => {
  const model = createScriptedModel(bash("true"));
  const running = runAgent({
    sandbox: createUnconfinedSandbox(),
    cwd: "/",
    prompt: "go",
    callModel: model.callModel,
    maxTurns: 3,
  });
  await expect(running).rejects.toBeInstanceOf(AgentMaxTurnsError);
  expect(model.seen).toHaveLength(3);
});

test.each([
  [call({ name: "ls", id: "same" }, { name: "ls", id: "same" }), "two tool calls with the id"],
  [call({ name: "ls", args: { path: "x".repeat(5_000_000) } }), "tool calls of 5000"],
  [call({ name: "ls", args: JSON.parse(`{"a":${"[".repeat(99)}${"]".repeat(99)}}`) }), "deep"],
  [call({ name: "ls", args: { path: 1n } }), "not JSON"],
  [{ content: [], stopReason: "error" as "stop" }, 'stopReason "error"'],
])("a turn that cannot be run is the host's error (%#)", async (turn, words) => {
  const { callModel } = createScriptedModel(turn);
  const running = runAgent({ sandbox: createUnconfinedSandbox(), cwd: "/", prompt: "go", callModel });
  const error = await running.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AgentTurnError);
  expect(error).toMatchObject({ message: expect.stringContaining(words) });
});

test("options are checked before anything starts", async () => {
  const sandbox = createUnconfinedSandbox();
  const { callModel } = createScriptedModel();
  const options = { sandbox, cwd: "/", prompt: "go", callModel };
  const refused = { maxturns: 3, startTimeoutMs: 0, maxTurns: 0.5, prompt: "x".repeat(5_000_000) };
  for (const [name, value] of Object.entries(refused)) {
    await expect(runAgent({ ...options, [name]: value }), name).rejects.toBeInstanceOf(AgentOptionsError);
  }
  expect(sandbox.started).toHaveLength(0);
});

test("an endless output costs the worker a bounded amount of memory", async () => {
  const sandbox = createUnconfinedSandbox();
  const peaks: number[] = [];
  const model = createScriptedModel(bash("yes 'the same again and again'", { timeoutMs: 1500 }), () => {
    const status = readFileSync(`/proc/${sandbox.started[0]?.handle.pid}/status`, "utf8");
    peaks.push(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]));
    return say("done");
  });
  await runAgent({ sandbox, cwd: "/", prompt: "go", callModel: model.callModel });
  expect(onlyText(model.seen[1])).toMatch(/Its first 8 MB are in .*\n\nCommand timed out after 1500 ms/);
  // A gigabyte or more went through.
  expect(peaks[0]).toBeLessThan(250_000);
});
