import { expect, test } from "vitest";
import { bash, setting } from "./setting.ts";

/** The marks of runs in a transcript, in their order. */
function marksIn(transcript: string) {
  const entries = transcript
    .trimEnd()
    .split("\n")
    .map((line): { customType?: string; data?: { runId: string; status?: string } } => JSON.parse(line));
  return entries.flatMap(({ customType = "", data }) =>
    customType.startsWith("cloison.run") ? [{ customType, ...data }] : [],
  );
}

const START = { customType: "cloison.run_start", runId: expect.any(String) };
const END = { customType: "cloison.run_end", runId: expect.any(String) };

test("a run marks its beginning and how it ended, and is no interrupted one", async () => {
  const { ws, transcript } = await setting([{ text: "one" }, { fault: { status: 400 } }, bash("sleep 600")]);
  await ws.run({ message: "go", sessionId: "s" });
  await expect(ws.run({ message: "go", sessionId: "s" })).rejects.toThrow();
  const abort = new AbortController();
  const onEvent = ({ type }: { type: string }) => type === "tool_start" && abort.abort();
  await expect(ws.run({ message: "go", sessionId: "s", signal: abort.signal, onEvent })).rejects.toThrow();
  const marks = marksIn(transcript("s"));
  expect(marks).toEqual([
    START,
    { ...END, status: "completed" },
    START,
    { ...END, status: "failed" },
    START,
    { ...END, status: "aborted" },
  ]);
  expect(marks.map(({ runId }) => runId)).toEqual([0, 0, 2, 2, 4, 4].map((index) => marks[index]?.runId));
  expect(new Set(marks.map(({ runId }) => runId)).size).toBe(3);
  expect(await ws.interrupted()).toEqual([]);
});

test("a run that goes on is no interrupted one", async () => {
  const { ws } = await setting([bash("sleep 600")]);
  const abort = new AbortController();
  const { promise: working, resolve } = Promise.withResolvers<void>();
  const onEvent = ({ type }: { type: string }) => type === "tool_start" && resolve();
  const run = ws.run({ message: "go", sessionId: "s", signal: abort.signal, onEvent });
  run.catch(() => undefined);
  await working;
  expect(await ws.interrupted()).toEqual([]);
  abort.abort();
  await expect(run).rejects.toMatchObject({ code: "RUN_ABORTED" });
});
