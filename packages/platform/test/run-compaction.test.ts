import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AnswerFunction } from "@cloison/testing";
import { describe, expect, test } from "vitest";
import { charsIn, isSummaryRequest, withWindow } from "./overflow-script.ts";
import { bash, listen, setting } from "./setting.ts";

/** Talks at length, and summarises in short. */
const talkative: AnswerFunction = (request) => {
  if (isSummaryRequest(request)) {
    return { text: "## Goal\nto talk", usage: { inputTokens: 700, outputTokens: 7 } };
  }
  const last = request.messages.at(-1);
  return { text: last?.text === "last" ? "at last" : "blah ".repeat(300) };
};

const isOk = ({ outcome }: { outcome: string }) => outcome === "ok";

describe.each(["openai", "anthropic"] as const)("a conversation too long for %s", (protocol) => {
  test("is compacted in mid-run, by the same model; the next run goes on from there", async () => {
    const { ws, server, transcript } = await setting(withWindow(4000, talkative), { protocol });
    for (const message of ["first", "second", "third"]) await ws.run({ message, sessionId: "s" });
    const before = server.requests.length;
    const { events, onEvent } = listen();

    const result = await ws.run({ message: "last", sessionId: "s", onEvent });

    expect(result).toMatchObject({ response: "at last", turns: 1 });
    const [refused, summary, again, ...more] = server.requests.slice(before);
    expect(more).toEqual([]);
    expect(refused?.status).toBe(400);
    expect(summary).toMatchObject({ tools: [], model: "scripted" });
    expect(summary?.messages[0]?.text).toMatch(/\[user\] first[\s\S]*## Files touched/);
    expect(again?.messages.map(({ text }) => text.slice(0, 40))).toEqual([
      expect.stringMatching(/^The conversation before this point/),
      ...(again?.messages.slice(1, -1) ?? []).map(({ text }) => text.slice(0, 40)),
      "last",
    ]);
    expect(again?.messages[0]?.text).toMatch(/## Goal\nto talk$/);

    const compaction = events.find((event) => event.type === "compaction");
    expect(compaction).toMatchObject({ turn: 1, tokensBefore: expect.any(Number) });
    if (compaction?.type !== "compaction") return;
    expect(compaction.tokensAfter).toBeLessThan(compaction.tokensBefore);
    expect(events).not.toContainEqual({ type: "text_delta", text: expect.stringContaining("Goal") });
    // The refused one, the summary, the answer: all counted.
    expect(result.attempts.map(({ outcome }) => outcome)).toEqual(["context_overflow", "ok", "ok"]);
    expect(result.usage.input).toBeGreaterThanOrEqual(700);
    expect(transcript("s").match(/"type":"compaction"/g)).toHaveLength(1);

    await ws.run({ message: "last", sessionId: "s" });
    const next = server.requests.at(-1);
    expect(next?.messages.slice(0, -2).map(({ text }) => text)).toEqual(
      again?.messages.map(({ text }) => text),
    );
    expect(server.errors).toEqual([]);
  });

  test("because of one tool's output is sent with its head and tail, and stored whole", async () => {
    const script: AnswerFunction = ({ messages }) =>
      messages.at(-1)?.role === "tool" ? { text: "read" } : bash("cat long.txt");
    const { ws, server, transcript } = await setting(withWindow(4000, script), { protocol });
    writeFileSync(join(ws.filesDir, "long.txt"), `begin ${"x".repeat(20_000)} end`);
    const result = await ws.run({ message: "read it", sessionId: "s" });
    expect(result.response).toBe("read");
    const sent = server.requests.at(-1)?.messages.at(-1)?.toolResults[0]?.text ?? "";
    expect(sent).toMatch(/^begin x+\n\[… \d+ characters left out …\]\nx+ end$/);
    expect(transcript("s")).toContain(`begin ${"x".repeat(20_000)} end`);
    // No summary was asked for, as nothing was older.
    expect(server.requests.some(isSummaryRequest)).toBe(false);
  });

  test("that cannot be made shorter fails with a typed error, and stays whole", async () => {
    const { ws, server, transcript } = await setting(withWindow(4000, talkative), { protocol });
    const message = "x".repeat(9000);
    await expect(ws.run({ message, sessionId: "s" })).rejects.toMatchObject({ code: "MODEL_CALL_FAILED" });
    expect(server.requests.every((request) => charsIn(request) > 4000)).toBe(true);
    expect(transcript("s")).toContain(message);
    expect(transcript("s")).not.toContain("compaction");
  });
});

test("a conversation whose summary fails is as it was", async () => {
  const script: AnswerFunction = (request, context) =>
    isSummaryRequest(request) ? { fault: { status: 400 } } : talkative(request, context);
  const { ws, transcript } = await setting(withWindow(4000, script));
  for (const message of ["first", "second", "third"]) await ws.run({ message, sessionId: "s" });
  await expect(ws.run({ message: "last", sessionId: "s" })).rejects.toMatchObject({
    code: "MODEL_CALL_FAILED",
  });
  expect(transcript("s")).not.toContain("compaction");
  expect(transcript("s").trimEnd().split("\n").at(-2)).toContain('"last"');
});

test("the request for a summary is made shorter where it is too long itself", async () => {
  // Each message is short, but the window of who summarises is smaller still.
  const script: AnswerFunction = (request, context) =>
    isSummaryRequest(request) && charsIn(request) > 2000
      ? withWindow(0, talkative)(request, context)
      : talkative(request, context);
  const { ws, server } = await setting(withWindow(4000, script));
  for (const message of ["first", "second", "third"]) await ws.run({ message, sessionId: "s" });
  expect(await ws.run({ message: "last", sessionId: "s" })).toMatchObject({ response: "at last" });
  const sizes = server.requests.filter(isSummaryRequest).map(charsIn);
  expect(sizes.length).toBeGreaterThan(1);
  expect(sizes).toEqual(sizes.toSorted((one, other) => other - one));
});

test("a conversation too long by estimate is compacted before the model is asked for an answer", async () => {
  const script: AnswerFunction = (request) =>
    isSummaryRequest(request) ? { text: "they talked" } : { text: "blah ".repeat(900) };
  const { ws, server } = await setting(script, {
    context: { windows: { "openai/scripted": 4000 }, compactAt: 1 },
  });
  const talk = [];
  for (const message of ["1", "2", "3", "4", "5"]) talk.push(await ws.run({ message, sessionId: "s" }));
  const [compacted] = talk.filter(({ attempts }) => attempts.length > 1);
  expect(compacted?.attempts.map(({ outcome }) => outcome)).toEqual(["context_overflow", "ok", "ok"]);
  expect(compacted?.attempts[0]?.matched).toBe("platform/context-guard");
  expect(server.requests.some(isSummaryRequest)).toBe(true);
  expect(server.requests.length).toBe(talk.flatMap(({ attempts }) => attempts).filter(isOk).length);
});

test("a budget that the request for a summary uses up ends the run, with the compaction stored", async () => {
  const { ws, server, transcript } = await setting(withWindow(4000, talkative));
  for (const message of ["first", "second", "third"]) await ws.run({ message, sessionId: "s" });
  const before = server.requests.length;
  const run = ws.run({ message: "last", sessionId: "s", budget: { run: { maxTurns: 1 } } });
  await expect(run).rejects.toMatchObject({ code: "BUDGET_EXCEEDED", limit: "maxTurns" });
  expect(server.requests.slice(before).map(isSummaryRequest)).toEqual([false, true]);
  expect(transcript("s").match(/"type":"compaction"/g)).toHaveLength(1);
  expect(await ws.run({ message: "last", sessionId: "s" })).toMatchObject({ response: "at last" });
});
