import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { compactSession, type SummaryRequest } from "../src/compaction/compact.ts";
import type { Message } from "../src/messages.ts";
import { openSession } from "./support/open-session.ts";
import { assistant, call, result, shown, user } from "./support/talk.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

const model = { provider: "p", modelId: "m" };

/** A session with these messages, and the way to open it anew. */
async function sessionWith(messages: readonly Message[]) {
  const directory = temporaryDirectory();
  const open = () => openSession({ directory, sessionId: "s" });
  const session = await open();
  onTestFinished(() => session.close());
  for (const message of messages) await session.appendMessages([message], model);
  const lines = (): unknown[] =>
    readFileSync(join(directory, "s.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  const reopened = async () => {
    await session.close();
    const again = await open();
    await again.close();
    return again.messages;
  };
  return { session, lines, reopened };
}

const windowTokens = undefined;
const older = [user("first"), assistant("x ".repeat(2000))];
const recent = [user("second"), assistant("", call("1")), result("1", "short")];

describe("compaction", () => {
  test("puts the model's summary in the place of the older part, and keeps the rest", async () => {
    const { session, lines, reopened } = await sessionWith([...older, ...recent]);
    const prompts: string[] = [];
    const summarise = async (request: SummaryRequest) => {
      prompts.push(request.prompt());
      return "they said first";
    };
    const outcome = await compactSession({ session, windowTokens, summarise });
    expect(outcome?.tokensBefore).toBeGreaterThan(700);
    expect(outcome?.tokensAfter).toBeLessThan(130);
    expect(prompts[0]).toMatch(
      /^<conversation>\n\[user\] first[\s\S]*## Goal[\s\S]*## Decisions[\s\S]*## Open ends/,
    );
    expect(prompts[0]).not.toContain("second");
    expect(session.messages.map(shown)).toEqual([
      expect.stringMatching(/compacted into this summary:\n\nthey said first$/),
      ...recent.map(shown),
    ]);
    const written = lines();
    expect(written.at(-1)).toMatchObject({
      type: "compaction",
      summary: "they said first",
      tokensBefore: outcome?.tokensBefore,
    });
    // Nothing is taken out of the transcript: header, model, five messages, compaction.
    expect(written).toHaveLength(8);
    await session.appendMessages([assistant("done")]);
    const sent = session.messages;
    expect(await reopened()).toEqual(sent);
  });

  test("cuts tool results in what is sent, not in the transcript, where that does not do", async () => {
    const long = `begin ${"x".repeat(40_000)} end`;
    const { session, lines, reopened } = await sessionWith([
      user("look"),
      assistant("", call("1")),
      result("1", long),
    ]);
    const summarise = () => Promise.reject(new Error("nothing to summarise"));
    const sizes: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      if ((await compactSession({ session, windowTokens, summarise })) === undefined) break;
      sizes.push(session.messages.map(shown).join("").length);
    }
    expect(sizes.map((size) => Math.round(size / 500) * 500)).toEqual([8000, 2000, 500]);
    expect(shown(session.messages.at(-1) ?? user(""))).toMatch(/^begin [\s\S]* end$/);
    expect(lines()).toContainEqual(expect.objectContaining({ message: result("1", long) }));
    // What comes later is not cut.
    await session.appendMessages([assistant("", call("2")), result("2", long)]);
    const sent = session.messages;
    expect(shown(sent.at(-1) ?? user(""))).toBe(long);
    expect(await reopened()).toEqual(sent);
  });

  test("within a turn repeats the user's last message, also the second time", async () => {
    const steps = (from: number) =>
      Array.from({ length: 10 }, (_, index) => [
        assistant("y".repeat(1000), call(String(from + index))),
        result(String(from + index), "ok"),
      ]).flat();
    const { session, reopened } = await sessionWith([user("build the <thing>"), ...steps(0)]);
    const summarise = async () => "half of it is built";
    for (const from of [0, 10]) {
      if (from > 0) for (const message of steps(from)) await session.appendMessages([message]);
      expect(await compactSession({ session, windowTokens, summarise })).toBeDefined();
      expect(shown(session.messages[0] ?? user(""))).toMatch(
        /half of it is built\n\n## The user's last message, word for word\nbuild the <thing>$/,
      );
      expect(session.messages[1]?.role).toBe("assistant");
    }
    const sent = session.messages;
    expect(await reopened()).toEqual(sent);
  });

  test("gives the summary an earlier summary to go on from", async () => {
    const { session } = await sessionWith([...older, user("second")]);
    await compactSession({ session, windowTokens, summarise: async () => "SUMMARY ONE" });
    await session.appendMessages([assistant("z".repeat(3000)), user("third")]);
    const prompts: string[] = [];
    await compactSession({
      session,
      windowTokens,
      summarise: async (request) => {
        prompts.push(request.prompt());
        return "SUMMARY TWO";
      },
    });
    expect(prompts[0]).toContain("SUMMARY ONE");
    expect(session.messages.map(shown)).toEqual([expect.stringContaining("SUMMARY TWO"), "third"]);
  });

  test("asks for a shorter summary's request as often as there is something to leave out", async () => {
    const { session } = await sessionWith([...older, ...recent]);
    const sizes: number[] = [];
    const summarise = async (request: SummaryRequest) => {
      do sizes.push(request.prompt().length);
      while (request.shorten());
      return undefined;
    };
    expect(await compactSession({ session, windowTokens, summarise })).toBeUndefined();
    expect(sizes.length).toBeGreaterThan(2);
    expect(sizes).toEqual(sizes.toSorted((one, other) => other - one));
  });

  test("aims at half of the model's window where that is known", async () => {
    const talk = Array.from({ length: 20 }, (_, index) => [
      user(`u${index}`),
      assistant("x".repeat(1000)),
    ]).flat();
    const { session } = await sessionWith([...talk, user("last")]);
    const outcome = await compactSession({ session, windowTokens: 1000, summarise: async () => "short" });
    expect(outcome?.tokensAfter).toBeLessThan(550);
    expect(outcome?.tokensAfter).toBeGreaterThan(200);
  });
});

describe("compaction stores nothing", () => {
  test.each([
    ["gives no summary", async () => undefined],
    ["gives an empty summary", async () => " \n"],
    ["gives one longer than what it stands for", async () => "x ".repeat(4000)],
  ])("when the model %s", async (_, summarise) => {
    const { session, lines } = await sessionWith([...older, ...recent]);
    const [messages, written] = [session.messages, lines()];
    expect(await compactSession({ session, windowTokens, summarise })).toBeUndefined();
    expect([session.messages, lines()]).toEqual([messages, written]);
  });

  test("when nobody waits for the summary any more", async () => {
    const { session, lines } = await sessionWith([...older, ...recent]);
    const written = lines();
    const abort = new AbortController();
    const summarise = async () => {
      abort.abort(new Error("too late"));
      return "short";
    };
    const compaction = compactSession({ session, windowTokens, signal: abort.signal, summarise });
    await expect(compaction).rejects.toThrow("too late");
    expect(lines()).toEqual(written);
  });

  test("when nothing is older, and says so without asking the model", async () => {
    const { session } = await sessionWith([user("x".repeat(9000))]);
    const summarise = () => Promise.reject(new Error("asked"));
    expect(await compactSession({ session, windowTokens, summarise })).toBeUndefined();
  });
});
