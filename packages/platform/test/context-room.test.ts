import type { Context, Message } from "@earendil-works/pi-ai";
import { describe, expect, test } from "vitest";
import { checkRoom, requestTokensOf } from "../src/broker/context-room.ts";
import type { ContextOverflow, LittleRoom } from "../src/broker/model-call.ts";
import { createEventSink } from "../src/run/event-sink.ts";
import { asked, KEY_1, setting } from "./chain-setting.ts";
import { modelCall } from "./model-call.ts";
import { assistant, user } from "./talk.ts";

/** Some 5,000 tokens. */
const LONG = "words and words ".repeat(2500);

const asking = (content: string) => ({ messages: [user(content)] });

describe("the room in a model's window", () => {
  test.each([
    [1_000_000, 960_000, "ok"],
    [1_000_000, 975_000, "warn"],
    [1_000_000, 990_000, "block"],
    // A quarter and an eighth of a small window.
    [8000, 5900, "ok"],
    [8000, 6500, "warn"],
    [8000, 7100, "block"],
  ])("of %i tokens, with %i in use, is %s", (windowTokens, inUse, level) => {
    const messages = [{ ...assistant("x"), usage: { ...assistant("x").usage, totalTokens: inUse } }];
    const context: Context = { systemPrompt: "word ".repeat(inUse), messages };
    const check = () => checkRoom(context, windowTokens, {});
    if (level === "block") expect(check).toThrow(/was not sent/);
    else
      expect(check().warning).toEqual(level === "ok" ? undefined : expect.objectContaining({ windowTokens }));
  });

  test("is measured by what the provider has counted, where the conversation is the same still", () => {
    const answer = (totalTokens: number): Message => {
      const message = assistant("an answer of several words");
      return { ...message, usage: { ...message.usage, totalTokens } };
    };
    const tokens = (totalTokens: number) =>
      requestTokensOf({ messages: [user("один два три ".repeat(100)), answer(totalTokens), user("and?")] });
    const estimate = tokens(0);
    expect(tokens(Math.floor(estimate / 2))).toBeLessThan(estimate * 0.6);
    // Counted before a compaction, or by a server that does not count.
    expect(tokens(estimate * 5)).toBe(estimate);
    expect(tokens(1)).toBe(estimate);
  });

  test("takes a transcript without usage as it is", () => {
    const { usage: _, ...bare } = assistant("hello");
    const message: Message = JSON.parse(JSON.stringify(bare));
    expect(requestTokensOf({ messages: [message] })).toBeGreaterThan(0);
  });
});

describe("a request that is too long for a model's window", () => {
  const windows = (first: number, second = 1_000_000) => ({
    windows: Object.fromEntries([
      ["local/first", first],
      ["local/second", second],
    ]),
  });

  test("is not sent; when the caller has made it shorter, it is", async () => {
    const { server, open } = await setting("openai", { script: [{ text: "yes" }] });
    const overflows: ContextOverflow[] = [];
    let content = LONG;
    const call = modelCall({
      context: () => asking(content),
      onOverflow: async (overflow) => {
        overflows.push(overflow);
        content = "short";
        return true;
      },
    });
    await open({ context: windows(4000) }).call(call);
    expect(overflows).toMatchObject([{ provider: "local", model: "first", windowTokens: 4000 }]);
    expect(server.requests.map(({ messages }) => messages[0]?.text)).toEqual(["short"]);
  });

  test("is sent to a larger one when it cannot be made shorter, or fails as what it is", async () => {
    const { server, open } = await setting("openai", { fallbacks: ["second"], script: [{ text: "yes" }] });
    const call = modelCall({ context: () => asking(LONG) });
    const { attempts } = await open({ context: windows(4000) }).call(call);
    expect(attempts.map(({ matched }) => matched)).toEqual(["platform/context-guard", undefined]);
    expect(asked(server)).toEqual([`second ${KEY_1}`]);
    await expect(open({ context: windows(4000, 4000) }).call(call)).rejects.toMatchObject({
      code: "MODEL_CALL_FAILED",
      reason: "context_overflow",
      message: expect.stringMatching(/was not sent.*larger window/),
    });
    expect(server.requests).toHaveLength(1);
  });

  test("begins no cooldown", async () => {
    const { open, server } = await setting("openai", { script: [{ text: "yes" }] });
    const long = modelCall({ context: () => asking(LONG) });
    await expect(open({ context: windows(4000) }).call(long)).rejects.toThrow();
    await open({ context: windows(4000) }).call(modelCall());
    expect(server.requests).toHaveLength(1);
  });
});

test("a run is warned once that there is little room", async () => {
  const { open } = await setting("openai", { script: () => ({ text: "yes" }) });
  const rooms: LittleRoom[] = [];
  const call = modelCall({ context: () => asking(LONG), onLittleRoom: (room) => void rooms.push(room) });
  const line = open({ context: { windows: { "local/first": 20_000 }, warnTokens: 19_000 } });
  await line.call(call);
  expect(rooms).toMatchObject([{ provider: "local", model: "first", windowTokens: 20_000 }]);
  const told: string[] = [];
  const sink = createEventSink((event) => void told.push(event.type));
  for (const room of [...rooms, ...rooms]) sink({ type: "context_warning", turn: 1, ...room });
  expect(told).toEqual(["context_warning"]);
});
