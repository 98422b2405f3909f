import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { source } from "./killed-child.ts";
import { anySandbox, KEY, setting } from "./setting.ts";

const PROCESSES = ["one", "two"];
const RUNS = 25;

interface Entry {
  readonly id: string;
  readonly parentId: string | null;
  readonly customType?: string;
  readonly data?: { readonly runId: string };
  readonly message?: {
    readonly role: string;
    readonly content: string | readonly { readonly text: string }[];
  };
}

test("fifty runs of two processes at once in one session take their turns, and nothing is lost", async () => {
  const { server, stateDir, transcript } = await setting(({ messages }) => ({
    text: `re: ${messages.at(-1)?.text}`,
  }));
  const model = {
    provider: "openai",
    model: "scripted",
    baseUrl: server.baseUrls.openai,
    apiKeys: { openai: KEY },
  };
  const answers = await Promise.all(PROCESSES.map((name) => runMany({ name, stateDir, model })));
  const messages = PROCESSES.flatMap((name) =>
    Array.from({ length: RUNS }, (_, index) => `${name} ${index}`),
  );
  expect(answers.flat()).toEqual(messages.map((message) => `re: ${message}`));

  const [, ...entries] = transcript("s")
    .trimEnd()
    .split("\n")
    .map((line): Entry => JSON.parse(line));
  expect(entries.map(({ parentId }) => parentId)).toEqual([
    null,
    ...entries.slice(0, -1).map(({ id }) => id),
  ]);
  const said = entries.flatMap(({ message }) => (message === undefined ? [] : [wordsOf(message)]));
  expect(said.filter((_, index) => index % 2 === 0).toSorted()).toEqual(messages.toSorted());
  for (const [index, words] of said.entries())
    if (index % 2 === 1) expect(words).toBe(`re: ${said[index - 1]}`);
  const marks = entries.flatMap(({ customType, data }) =>
    data === undefined ? [] : [[customType, data.runId]],
  );
  expect(marks).toHaveLength(4 * RUNS);
  for (const [index, [type, runId]] of marks.entries()) {
    expect(type).toBe(index % 2 === 0 ? "cloison.run_start" : "cloison.run_end");
    if (index % 2 === 1) expect(runId).toBe(marks[index - 1]?.[1]);
  }
});

function wordsOf({ content }: NonNullable<Entry["message"]>): string {
  return typeof content === "string" ? content : content.map((block) => block.text).join("");
}

/** @returns the answers, in the order of the messages */
async function runMany(given: {
  readonly name: string;
  readonly stateDir: string;
  readonly model: object;
}): Promise<string[]> {
  const script = `
    import { createPlatform } from ${source("index.ts")};
    const { name, stateDir, model } = ${JSON.stringify(given)};
    const platform = createPlatform({ stateDir, sandbox: ${JSON.stringify(anySandbox)} });
    const ws = await platform.getWorkspace("ada");
    const run = (_, index) => ws.run({ message: name + " " + index, sessionId: "s", busyTimeoutMs: 300_000, ...model });
    const results = await Promise.all(Array.from({ length: ${RUNS} }, run));
    console.log(JSON.stringify(results.map(({ response }) => response)));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  expect(code).toBe(0);
  return JSON.parse(printed);
}
