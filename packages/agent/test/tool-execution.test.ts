import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import {
  type AgentEvent,
  AgentOptionsError,
  AgentToolTimeoutError,
  AgentTurnError,
  type AssistantTurn,
  runAgent,
  startAgentWorker,
} from "../src/index.ts";
import { processEnded } from "./support/process-ended.ts";
import { bash, call, createScriptedModel, onlyText, say } from "./support/scripted-model.ts";
import { createTemporaryDirectory } from "./support/temporary-directory.ts";
import { createUnconfinedSandbox } from "./support/unconfined-sandbox.ts";

const hostileProgram = fileURLToPath(new URL("support/hostile-worker.ts", import.meta.url));
const go = { sandbox: createUnconfinedSandbox(), prompt: "go" };

function atOnce(turn: AssistantTurn): AssistantTurn {
  return { ...turn, toolExecution: "parallel" };
}

/** Opens a named pipe from both sides: each waits until the other is there. */
function meeting(directory: { at(name: string): string }): AssistantTurn {
  const pipe = directory.at("pipe");
  return call(
    {
      name: "bash",
      id: "reader",
      args: { command: `mkfifo ${pipe}; touch made; read word < ${pipe}; echo got $word` },
    },
    { name: "bash", id: "writer", args: { command: `until [ -e made ]; do :; done; echo word > ${pipe}` } },
  );
}

test("calls of a parallel turn go on at once, and their results are in the order of the calls", async () => {
  using directory = createTemporaryDirectory();
  const ended: string[] = [];
  const onEvent = (event: AgentEvent) => event.type === "tool_end" && ended.push(event.toolCallId);
  const model = createScriptedModel(atOnce(meeting(directory)), say("done"));
  await runAgent({ ...go, cwd: directory.path, callModel: model.callModel, onEvent, toolTimeoutMs: 20_000 });
  expect(model.seen[1]?.map((result) => [result.toolCallId, onlyText([result])])).toEqual([
    ["reader", "got word"],
    ["writer", "(no output)"],
  ]);
  expect(ended.toSorted()).toEqual(["reader", "writer"]);
});

test("the turn after a parallel one is sequential again", async () => {
  using directory = createTemporaryDirectory();
  const parallel = atOnce(call({ name: "ls" }, { name: "ls", id: "second" }));
  const model = createScriptedModel(parallel, meeting(directory), say("done"));
  await runAgent({ ...go, cwd: directory.path, callModel: model.callModel, toolTimeoutMs: 500 });
  const [reader, writer] = model.seen[2] ?? [];
  // The reader waits in vain, and so does the writer after it.
  expect([reader?.isError, writer?.isError]).toEqual([true, true]);
});

test("a call that takes too long is ended with its processes, the model is told, and the run goes on", async () => {
  using directory = createTemporaryDirectory();
  const slow = "sleep 1000 & echo $! > child; echo $$ > parent; echo so far; wait";
  const model = createScriptedModel(bash(slow), bash("echo next"), say("done"));
  await runAgent({ ...go, cwd: directory.path, callModel: model.callModel, toolTimeoutMs: 2500 });
  expect(model.seen[1]?.[0]?.isError).toBe(true);
  expect(onlyText(model.seen[1])).toBe(
    "so far\n\nCommand aborted.\n\nTool timed out after 2500 ms, the most that one call may take here.",
  );
  for (const file of ["child", "parent"])
    await processEnded(Number(readFileSync(directory.at(file), "utf8")));
  expect(onlyText(model.seen[2])).toBe("next");
});

test("of parallel calls only the one that takes too long is ended", async () => {
  using directory = createTemporaryDirectory();
  const turn = call(
    { name: "bash", args: { command: "sleep 1000" } },
    { name: "bash", id: "quick", args: { command: "echo quick" } },
  );
  const model = createScriptedModel(atOnce(turn), say("done"));
  await runAgent({ ...go, cwd: directory.path, callModel: model.callModel, toolTimeoutMs: 2500 });
  expect(model.seen[1]?.map(({ isError }) => isError)).toEqual([true, false]);
});

test.each(["never starts a call", "never ends a call"])(
  "a worker that %s is killed when its grace is over, and the run ends",
  async (behaviour) => {
    const sandbox = createUnconfinedSandbox({ program: [process.execPath, hostileProgram, behaviour] });
    const model = createScriptedModel(bash("true"), say("done"));
    const worker = await startAgentWorker({ sandbox, cwd: "/" });
    const limits = { toolTimeoutMs: 100, toolGraceMs: 100 };
    const outcome = await worker
      .run({ prompt: "go", callModel: model.callModel, ...limits })
      .catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(AgentToolTimeoutError);
    expect(outcome).toMatchObject({ code: "AGENT_TOOL_TIMEOUT" });
    expect(model.seen).toHaveLength(1);
    expect(await worker.closed).toBe(outcome);
    expect(await sandbox.started[0]?.exit).toMatchObject({ signal: "SIGKILL" });
  },
);

test("a model call may take longer than a tool", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const thinkLong = (): AssistantTurn => {
    vi.advanceTimersByTime(10_000);
    return say("done");
  };
  const model = createScriptedModel(bash("true"), thinkLong);
  const limits = { toolTimeoutMs: 5000, toolGraceMs: 1000 };
  expect(await runAgent({ ...go, cwd: "/", callModel: model.callModel, ...limits })).toEqual({ turns: 2 });
});

test("an unknown way to carry out tool calls is the host's error", async () => {
  const turn = { ...bash("true"), toolExecution: "paralel" as "parallel" };
  const { callModel } = createScriptedModel(turn, say("done"));
  await expect(runAgent({ ...go, cwd: "/", callModel })).rejects.toBeInstanceOf(AgentTurnError);
});

test.each(["toolTimeoutMs", "toolGraceMs"])("%s is checked before anything starts", async (name) => {
  const sandbox = createUnconfinedSandbox();
  const { callModel } = createScriptedModel(say("done"));
  for (const value of [0, -1, 2 ** 31, Number.NaN]) {
    const run = runAgent({ sandbox, cwd: "/", prompt: "go", callModel, [name]: value });
    await expect(run).rejects.toBeInstanceOf(AgentOptionsError);
  }
  expect(sandbox.started).toHaveLength(0);
});
