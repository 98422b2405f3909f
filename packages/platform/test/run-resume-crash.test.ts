import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AnswerFunction, ModelRequest } from "@cloison/testing";
import { describe, expect, test } from "vitest";
import { NothingToResumeError, SessionNotFoundError } from "../src/index.ts";
import { source } from "./killed-child.ts";
import { anySandbox, KEY, setting } from "./setting.ts";

const bash = (command: string) => ({ name: "bash", arguments: { command } });

/** Two turns with tools, of which some may be called once more and some may not, then the answer. */
const script: AnswerFunction = ({ messages }) => {
  switch (messages.filter(({ role }) => role === "assistant").length) {
    case 0:
      return {
        text: "I look",
        toolCalls: [
          { name: "read", arguments: { path: "note" } },
          bash("echo a >> log; echo done a"),
          { name: "ls", arguments: {} },
        ],
      };
    case 1:
      return {
        toolCalls: [bash("echo b >> log; echo done b"), { name: "read", arguments: { path: "note" } }],
      };
    default:
      return { text: "all done" };
  }
};

/** At which event, or hook, the host dies: the how manieth of its type. */
const points = [
  ["sandbox_ready", 1],
  ["model_call", 1],
  ["attempt", 1],
  ["text_delta", 1],
  ["usage", 1],
  ["tool_start", 1],
  ["tool_end", 1],
  ["tool_start", 2],
  ["tool_end", 2],
  ["tool_start", 3],
  ["tool_end", 3],
  ["model_call", 2],
  ["usage", 2],
  ["tool_start", 4],
  ["tool_end", 4],
  ["tool_end", 5],
  ["model_call", 3],
  ["usage", 3],
  ["after_agent_end", 1],
] as const;

/** So many of them come before the first answer is given on, for which the disk is waited. */
const BEFORE_ACTION = points.findIndex(([type]) => type === "tool_start");

describe("a host that dies in the middle of a run", () => {
  test.each(points)("at %s %i leaves a run that can be resumed", async (type, count) => {
    const { ws, server, stateDir, transcript } = await setting(script);
    writeFileSync(join(ws.filesDir, "note"), "a note\n");
    const baseUrl = server.baseUrls.openai;
    const model = { provider: "openai", model: "scripted", baseUrl, apiKeys: { openai: KEY } };
    await runAndDie({ stateDir, model, type, count });

    const found = await ws.interrupted();
    const before = server.requests.length;
    const result = await ws.resume("s").catch((error: unknown) => error);
    if (result instanceof NothingToResumeError || result instanceof SessionNotFoundError) {
      // It died before the message was stored, so no answer had been acted on.
      expect(points.findIndex((point) => point[0] === type && point[1] === count)).toBeLessThan(
        BEFORE_ACTION,
      );
      expect(server.requests).toHaveLength(before);
      expect(await ws.interrupted()).toEqual([]);
      return;
    }
    expect(found).toMatchObject([{ sessionId: "s" }]);
    expect(result).toMatchObject({ response: "all done", sessionId: "s", provider: "openai" });
    if (type === "after_agent_end") expect(server.requests).toHaveLength(before);
    expect(await ws.interrupted()).toEqual([]);
    expectLinear(transcript("s"));
    const last = server.requests.at(-1);
    if (last !== undefined) expectHonest(last, readLog(join(ws.filesDir, "log")));
  });
});

/** A host that kills itself at an event. */
async function runAndDie({
  stateDir,
  model,
  type,
  count,
}: {
  readonly stateDir: string;
  readonly model: object;
  readonly type: string;
  readonly count: number;
}): Promise<void> {
  const child = `
    import { createPlatform } from ${source("index.ts")};
    const platform = createPlatform(${JSON.stringify({ stateDir, sandbox: anySandbox })});
    const ws = await platform.getWorkspace("ada");
    let left = ${count};
    const onEvent = ({ type }) => {
      if (type === ${JSON.stringify(type)} && --left === 0) process.kill(process.pid, "SIGKILL");
    };
    ws.hooks.register("after_agent_end", () => onEvent({ type: "after_agent_end" }));
    await ws.run({ message: "go", sessionId: "s", onEvent, ...${JSON.stringify(model)} });`;
  const process_ = spawn(process.execPath, ["--input-type=module", "-e", child], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [, signal] = await once(process_, "exit");
  expect(signal).toBe("SIGKILL");
}

/** Each call has one result. Of what may not be repeated it says whether it was done, and it was not done twice. */
function expectHonest({ messages }: ModelRequest, log: readonly string[]): void {
  const results = messages.flatMap(({ toolResults }) => toolResults.map(({ text }) => text.trim()));
  expect(results).toHaveLength(5);
  for (const [name, result] of [
    ["a", results[1]],
    ["b", results[3]],
  ]) {
    const times = log.filter((line) => line === name).length;
    if (result === `done ${name}`) expect(times).toBe(1);
    else {
      expect(result).toMatch(/wholly, in part, or not at all/);
      expect(times).toBeLessThanOrEqual(1);
    }
  }
  expect([results[0], results[4]]).toEqual(["a note", "a note"]);
  expect(results[2]).toMatch(/note/);
}

function expectLinear(transcript: string): void {
  const [, ...entries] = transcript
    .trimEnd()
    .split("\n")
    .map((line): { id: string; parentId: string | null } => JSON.parse(line));
  expect(entries.map(({ parentId }) => parentId)).toEqual([
    null,
    ...entries.slice(0, -1).map(({ id }) => id),
  ]);
}

function readLog(path: string): readonly string[] {
  try {
    return readFileSync(path, "utf8").trimEnd().split("\n");
  } catch {
    return []; // nothing was carried out
  }
}
