import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runAndKill, source } from "./support/killed-child.ts";
import { openSession } from "./support/open-session.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

/** Goes on with the session and appends numbered messages of very different lengths without end. */
const writer = (directory: string) => `
  import { writeSync } from "node:fs";
  import { openSession } from ${source("../test/support/open-session.ts")};
  const session = await openSession({ directory: ${JSON.stringify(directory)}, sessionId: "s" });
  for (let number = session.messages.length; ; number += 1) {
    const content = number + " " + "x".repeat(Math.floor(Math.random() ** 4 * 400_000));
    await session.appendMessages([{ role: "user", content, timestamp: 0 }], { provider: "p", modelId: "m" });
    writeSync(1, number + "\\n");
  }`;

test("a kill at any moment loses no acknowledged entry and leaves no torn one", async () => {
  const directory = temporaryDirectory();
  let acknowledged = -1;
  for (let round = 0; round < 15; round += 1) {
    const lines = await runAndKill(writer(directory), 1 + Math.floor(Math.random() * 40));
    acknowledged = Math.max(acknowledged, Number(lines.at(-1)));
    const session = await openSession({ directory, sessionId: "s" });
    await session.close();
    const numbers = session.messages.map(({ content }) => Number.parseInt(String(content), 10));
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(numbers.length).toBeGreaterThan(acknowledged);
    // At most the one entry that was stored but not yet told.
    expect(numbers.length).toBeLessThanOrEqual(acknowledged + 2);
    for (const line of readFileSync(join(directory, "s.jsonl"), "utf8").trimEnd().split("\n"))
      JSON.parse(line);
  }
});
