import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { AgentError, AgentProtocolError, AgentWorkerError, startAgentWorker } from "../src/index.ts";
import { bash, createScriptedModel, onlyText, say } from "./support/scripted-model.ts";
import { createTemporaryDirectory } from "./support/temporary-directory.ts";
import { createUnconfinedSandbox } from "./support/unconfined-sandbox.ts";

const program = fileURLToPath(new URL("support/hostile-worker.ts", import.meta.url));

async function runWith(behaviour: string) {
  const sandbox = createUnconfinedSandbox({ program: [process.execPath, program, behaviour] });
  const model = createScriptedModel(bash("true"), say("done"));
  const worker = await startAgentWorker({ sandbox, cwd: "/" });
  const outcome = await worker
    .run({ prompt: "go", callModel: model.callModel })
    .catch((error: unknown) => error);
  return { outcome, model, worker, exit: sandbox.started[0]?.exit };
}

test("the harness is not what fails: an honest program passes", async () => {
  const { outcome, model, worker } = await runWith("honest");
  expect(outcome).toEqual({ turns: 2 });
  expect(onlyText(model.seen[1])).toBe("result");
  await worker.close();
});

/** How many times the model may have been called: what is refused never reaches the conversation. */
test.each([
  ["forged result", 1],
  ["result of a prototype's name", 1],
  ["result without a start", 1],
  ["two results", 1],
  ["two starts", 1],
  ["update after the end", 1],
  ["no result", 1],
  ["half a result", 1],
  ["ends with an open call", 1],
  ["ends without a turn", 0],
  ["ends during the model call", 1],
  ["asks twice at once", 1],
  ["asks after the last turn", 2],
  ["asks for another run's turn", 0],
  ["asks with more than a run", 0],
  ["asks without parameters", 0],
  ["notice of another run", 0],
  ["notice of no type", 0],
  ["notice that is a list", 0],
  ["notice with more members", 1],
  ["text that is none", 1],
  ["content that is an image", 1],
  ["too much text", 1],
  ["too many blocks", 1],
  ["long update", 1],
  ["ready twice", 0],
  ["endless frame", 0],
  ["flood", 0],
  ["not JSON", 0],
  ["answers what was not asked", 0],
  ["closes its channel", 0],
])("%s: a protocol error, and the worker is killed", async (behaviour, turns) => {
  const { outcome, model, worker, exit } = await runWith(behaviour);
  expect(outcome).toBeInstanceOf(AgentProtocolError);
  expect(outcome).toMatchObject({ code: "AGENT_PROTOCOL" });
  expect(model.seen.length).toBeLessThanOrEqual(turns);
  expect(await worker.closed).toBe(outcome);
  expect(await exit).toBeDefined();
});

test("methods that are not there are refused and change nothing", async () => {
  const { outcome, worker } = await runWith("calls what is not there");
  expect(outcome).toEqual({ turns: 2 });
  await worker.close();
});

test("a run that the worker says has failed is a typed error, its words cleaned", async () => {
  const { outcome, worker } = await runWith("fails the run");
  expect(outcome).toBeInstanceOf(AgentWorkerError);
  expect(outcome).toBeInstanceOf(AgentError);
  expect(outcome).toMatchObject({ message: "the agent loop in the sandbox failed: [2Jboo" });
  expect(await worker.closed).toBe(outcome);
});

test("the worker is told neither what the model said and thought nor why a model call failed", async () => {
  using directory = createTemporaryDirectory();
  const log = directory.at("log");
  const sandbox = createUnconfinedSandbox({ program: [process.execPath, program, "honest", log] });
  const failure = new Error("401 for key sk-secret");
  const { content } = bash("ls");
  const model = createScriptedModel(
    {
      content: [
        { type: "thinking", thinking: "secret thought" },
        { type: "text", text: "secret text" },
        ...content,
      ],
      stopReason: "toolUse",
    },
    () => Promise.reject(failure),
  );
  await using worker = await startAgentWorker({ sandbox, cwd: "/" });
  await expect(worker.run({ prompt: "the prompt", callModel: model.callModel })).rejects.toBe(failure);
  const { callModel } = createScriptedModel(
    say("a second run, so that the first one's last words have come"),
  );
  await worker.run({ prompt: "go", callModel }).catch(() => undefined);
  const told = readFileSync(log, "utf8");
  expect(told).toContain('"command":"ls"');
  expect(told).toContain("error");
  expect(told).not.toContain("secret");
});
