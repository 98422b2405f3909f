import { expect, test } from "vitest";
import { runAndKill, source } from "./support/killed-child.ts";
import { openSession } from "./support/open-session.ts";
import { shown } from "./support/talk.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

const head = (directory: string) => `
  import { writeSync } from "node:fs";
  import { openSession } from ${source("../test/support/open-session.ts")};
  import { compactSession } from ${source("compaction/compact.ts")};
  const session = await openSession({ directory: ${JSON.stringify(directory)}, sessionId: "s" });
  const say = (content) => session.appendMessages([{ role: "user", content, timestamp: 0 }], { provider: "p", modelId: "m" });
`;

async function reopen(directory: string) {
  const session = await openSession({ directory, sessionId: "s" });
  await session.close();
  return session.messages.map(shown);
}

test("a kill between the summary and its entry loses nothing", async () => {
  const directory = temporaryDirectory();
  const child = `${head(directory)}
    await say("one " + "x".repeat(5000));
    await say("two");
    const summarise = async () => {
      setImmediate(() => { writeSync(1, "summarised\\n"); for (;;); });
      await new Promise((resolve) => setImmediate(setImmediate, resolve));
      return "short";
    };
    await compactSession({ session, windowTokens: undefined, summarise });`;
  expect(await runAndKill(child, 1)).toEqual(["summarised"]);
  const messages = await reopen(directory);
  expect(messages).toEqual([expect.stringMatching(/^one x+$/), "two"]);
});

test("a kill at any moment leaves the whole conversation or the compacted one", async () => {
  const directory = temporaryDirectory();
  // The summary says up to which number it stands for all of them.
  const child = `${head(directory)}
    const [first] = session.messages.slice(-1).map(({ content }) => Number.parseInt(content, 10) + 1);
    for (let number = first ?? 0; ; number += 1) {
      await say(number + " " + "x".repeat(Math.floor(Math.random() ** 4 * 100_000)));
      writeSync(1, number + "\\n");
      if (number % 3 === 2) {
        const summarise = async () => "until " + number;
        await compactSession({ session, windowTokens: undefined, summarise });
      }
    }`;
  let acknowledged = -1;
  let compacted = 0;
  for (let round = 0; round < 8; round += 1) {
    const lines = await runAndKill(child, 1 + Math.floor(Math.random() * 30));
    acknowledged = Math.max(acknowledged, Number(lines.at(-1)));
    const messages = await reopen(directory);
    if (/until \d+$/.test(messages[0] ?? "")) compacted += 1;
    const numbers = messages.flatMap((text) => (/^\d+ /.test(text) ? [Number.parseInt(text, 10)] : []));
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
    expect(numbers.at(-1)).toBeGreaterThanOrEqual(acknowledged);
  }
  expect(compacted).toBeGreaterThan(2);
});
