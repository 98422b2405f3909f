import { describe, expect, test } from "vitest";
import type { RunEvent } from "../src/index.ts";
import { bash, listen, setting } from "./setting.ts";

/** The first model call does not end before it is let go. */
function gated(replies: readonly { readonly text: string }[]) {
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  let count = 0;
  const script = async () => {
    const reply = replies[count];
    count += 1;
    if (count === 1) {
      begun.resolve();
      await gate.promise;
    }
    return reply ?? { text: "too many" };
  };
  return { script, begun: begun.promise, open: gate.resolve };
}

describe.each(["openai", "anthropic"] as const)("steering, over the %s protocol", (protocol) => {
  test("reaches the model after the tools that run now, before its next answer", async () => {
    const { ws, server } = await setting([bash("echo one"), { text: "two it is" }], { protocol });
    const { events, onEvent } = listen();
    const told: Promise<void>[] = [];
    const stream = ws.stream({ message: "say one", sessionId: "s", onEvent });
    for await (const { type } of stream)
      if (type === "tool_start") told.push(ws.steer("s", "say two"), stream.steer("please"));
    await Promise.all(told);
    expect(told).toHaveLength(2);
    const last = server.requests[1]?.messages.slice(2);
    expect(last?.flatMap(({ role, text }) => (role === "user" ? text : [])).join("\n")).toBe(
      "say two\nplease",
    );
    expect(last?.[0]?.toolResults[0]?.text).toBe("one");
    expect(steeredOf(events)).toEqual([
      { type: "steered", turn: 2, how: "steer", message: "say two" },
      { type: "steered", turn: 2, how: "steer", message: "please" },
    ]);
  });
});

describe("what is said to a run", () => {
  test("too late, or wrongly, and waited for by nobody, is no unhandled rejection", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", note);
    try {
      const { ws } = await setting([{ text: "done" }]);
      const stream = ws.stream({ message: "go", sessionId: "s" });
      await stream.result;
      for (const say of [stream.steer, stream.followUp]) {
        void say("too late");
        void say("");
      }
      for (const say of [ws.steer, ws.followUp]) {
        void say("s", "too late");
        void say("no id", "too late");
      }
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off("unhandledRejection", note);
    }
    expect(unhandled).toEqual([]);
  });

  test("while the model gives its last answer makes the run go on", async () => {
    const { script, begun, open } = gated([{ text: "done" }, { text: "done anew" }]);
    const { ws, server, transcript } = await setting(script);
    const stream = ws.stream({ message: "go", sessionId: "s" });
    await begun;
    const said = ws.steer("s", "no, otherwise");
    open();
    await said;
    expect(transcript("s")).toContain("no, otherwise");
    expect(await stream.result).toMatchObject({ response: "done anew", turns: 2 });
    expect(server.requests[1]?.messages.map(({ text }) => text)).toEqual(["go", "done", "no, otherwise"]);
  });

  test("as follow-ups comes one by one, each when the agent would end, after what steers", async () => {
    const { script, begun, open } = gated(["a", "b", "c", "d"].map((text) => ({ text })));
    const { ws, server } = await setting(script);
    const stream = ws.stream({ message: "go", sessionId: "s" });
    await begun;
    const said = [ws.followUp("s", "first"), stream.followUp("second"), ws.steer("s", "now")];
    open();
    await Promise.all(said);
    expect(await stream.result).toMatchObject({ response: "d", turns: 4 });
    expect(server.requests.at(-1)?.messages.map(({ text }) => text)).toEqual([
      "go",
      "a",
      "now",
      "b",
      "first",
      "c",
      "second",
    ]);
  });

  test("before it has begun is kept for it", async () => {
    const { ws, server } = await setting([{ text: "a" }, { text: "b" }]);
    const stream = ws.stream({ message: "go" });
    await stream.steer("and more");
    await stream.result;
    expect(server.requests[1]?.messages.map(({ text }) => text)).toEqual(["go", "a", "and more"]);
  });

  test("and is not taken before it fails is refused with what it failed with", async () => {
    const { script, begun, open } = gated([]);
    const { ws } = await setting(async () => {
      await script();
      return { fault: { status: 500 } };
    });
    const stream = ws.stream({ message: "go", sessionId: "s", maxRetries: 0 });
    await begun;
    const said = ws.followUp("s", "more");
    open();
    await expect(said).rejects.toMatchObject({
      code: "NO_ACTIVE_RUN",
      sessionId: "s",
      cause: expect.objectContaining({ code: "MODEL_CALL_FAILED" }),
    });
    await expect(stream.result).rejects.toMatchObject({ code: "MODEL_CALL_FAILED" });
  });

  test("at any moment is either stored, once, or refused", async () => {
    const { ws, transcript } = await setting(({ messages }) => ({ text: `answer to ${messages.length}` }));
    const said: { readonly text: string; readonly outcome: Promise<boolean> }[] = [];
    const stream = ws.stream({ message: "go", sessionId: "s", maxTurns: 10_000 });
    const say = (how: "steer" | "followUp") => {
      const text = `<said ${said.length}>`;
      const outcome = stream[how](text).then(
        () => true,
        () => false,
      );
      said.push({ text, outcome });
    };
    say("followUp");
    for await (const { type } of stream) if (said.length < 60) say(type === "usage" ? "followUp" : "steer");
    say("steer");
    const outcomes = await Promise.all(said.map(({ outcome }) => outcome));
    const stored = transcript("s");
    expect(said.map(({ text }) => stored.split(text).length - 1)).toEqual(outcomes.map(Number));
    expect(outcomes.at(-1)).toBe(false);
    expect(outcomes.filter(Boolean).length).toBeGreaterThan(50);
  });

  test("and was stored, but not answered, counts as said", async () => {
    const { script, begun, open } = gated([{ text: "a" }]);
    let count = 0;
    const { ws, transcript } = await setting(async () => {
      count += 1;
      return count === 1 ? script() : { fault: { status: 500 } };
    });
    const stream = ws.stream({ message: "go", sessionId: "s", maxRetries: 0 });
    await begun;
    const said = ws.steer("s", "more of it");
    open();
    await said;
    await expect(stream.result).rejects.toMatchObject({ code: "MODEL_CALL_FAILED" });
    expect(transcript("s")).toContain("more of it");
  });
});

describe("a session without a living run", () => {
  test("takes nothing: no run, one of another user, one that is over, one that waits for the session", async () => {
    const { script, begun, open } = gated([{ text: "a" }, { text: "b" }]);
    const { ws, platform } = await setting(script);
    const bob = await platform.createWorkspace("bob");
    const refused = { code: "NO_ACTIVE_RUN", message: expect.stringContaining("give it to run") };
    await expect(ws.steer("s", "x")).rejects.toMatchObject(refused);
    const stream = ws.stream({ message: "go", sessionId: "s" });
    await begun;
    await expect(bob.steer("s", "x")).rejects.toMatchObject(refused);
    await expect(ws.followUp("t", "x")).rejects.toMatchObject(refused);
    await expect(ws.steer("../s", "x")).rejects.toMatchObject({ code: "INVALID_ID" });
    await expect(ws.steer("s", " ")).rejects.toMatchObject({ code: "INVALID_OPTION", option: "message" });
    const waiting = ws.stream({ message: "next", sessionId: "s", busyTimeoutMs: 60_000 });
    open();
    await stream.result;
    await expect(stream.steer("x")).rejects.toMatchObject(refused);
    expect(await waiting.result).toMatchObject({ response: "b" });
    await expect(ws.steer("s", "x")).rejects.toMatchObject(refused);
  });

  test("takes nothing once the agent has ended, though its sandbox is still there", async () => {
    const { ws } = await setting([{ text: "a" }]);
    const refusals: unknown[] = [];
    await ws.run({
      message: "go",
      sessionId: "s",
      onEvent: ({ type }) => {
        if (type === "done") ws.steer("s", "x").catch((error) => refusals.push(error));
      },
    });
    expect(refusals).toMatchObject([{ code: "NO_ACTIVE_RUN" }]);
  });
});

function steeredOf(events: readonly RunEvent[]): RunEvent[] {
  return events.filter(({ type }) => type === "steered");
}
