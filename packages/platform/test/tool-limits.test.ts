import { expect, test } from "vitest";
import { MaxTurnsError } from "../src/index.ts";
import { processesNamed } from "./processes.ts";
import { bash, listen, setting } from "./setting.ts";

const done = { text: "done" };

test("a command that takes too long is killed with its processes, the model is told, and the run goes on", async () => {
  const marker = "86399.131";
  const script = [bash(`echo so far; (setsid sleep ${marker} &) ; sleep ${marker}`), bash("echo next"), done];
  const { ws, server } = await setting(script);
  const seen: string[][] = [];
  ws.hooks.register("after_tool_call", () => void seen.push(processesNamed(marker)));
  expect(await ws.run({ message: "go", toolTimeoutMs: 2500 })).toMatchObject({ response: "done" });
  expect(server.requests[1]?.messages.at(-1)?.toolResults[0]?.text).toMatch(
    /^so far\n.*\n\nTool timed out after 2500 ms, the most that one call may take here\.$/s,
  );
  expect(seen).toEqual([[], []]);
  expect(server.requests[2]?.messages.at(-1)?.toolResults[0]?.text).toBe("next");
});

test("a worker that does not obey, since the agent has stopped it, ends with the run", async () => {
  const marker = "86399.132";
  const { ws } = await setting([bash(`sleep ${marker} & kill -STOP $PPID; sleep ${marker}`), done]);
  const { types, onEvent } = listen();
  const run = ws.run({ message: "go", sessionId: "s", toolTimeoutMs: 200, onEvent });
  await expect(run).rejects.toMatchObject({ code: "AGENT_TOOL_TIMEOUT" });
  expect(types()).toContain("tool_start");
  expect(processesNamed(marker)).toEqual([]);
}, 40_000);

test("a run that is not done after its turns ends, and what its tools did is kept for the next", async () => {
  const { ws, server, transcript } = await setting([bash("echo one"), bash("echo two"), done]);
  const run = ws.run({ message: "go", sessionId: "s", maxTurns: 2 });
  const error = await run.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(MaxTurnsError);
  expect(error).toMatchObject({ code: "MAX_TURNS", sessionId: "s", maxTurns: 2 });
  if (!(error instanceof MaxTurnsError)) return;
  expect(error.attempts).toHaveLength(2);
  expect(error.usage.totalTokens).toBeGreaterThan(0);
  expect(server.requests).toHaveLength(2);
  expect(transcript("s")).toContain('"text":"two"');
  expect(await ws.run({ message: "go on", sessionId: "s" })).toMatchObject({ response: "done" });
});

test("a run that is done in its last turn is done", async () => {
  const { ws } = await setting([bash("echo one"), done]);
  expect(await ws.run({ message: "go", maxTurns: 2 })).toMatchObject({ response: "done", turns: 2 });
});

test("a call in a cut answer is known as not carried out, also when that was the last turn", async () => {
  const cut = { ...bash("echo never"), stopReason: "length" as const };
  const { ws, transcript } = await setting([cut]);
  const run = ws.run({ message: "go", sessionId: "s", maxTurns: 1 });
  await expect(run).rejects.toBeInstanceOf(MaxTurnsError);
  expect(transcript("s")).toContain("so this call was not carried out");
});
