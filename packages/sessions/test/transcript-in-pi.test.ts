import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BACKGROUND_CONTEXT as context } from "@earendil-works/pi-agent-core/harness/context";
import { NodeExecutionEnv } from "@earendil-works/pi-agent-core/harness/env/nodejs";
import { JsonlSessionRepo } from "@earendil-works/pi-agent-core/harness/session";
import { expect, onTestFinished, test } from "vitest";
import { compactSession } from "../src/compaction/compact.ts";
import type { Message } from "../src/messages.ts";
import type { Session } from "../src/session.ts";
import { openSession } from "./support/open-session.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

const cost = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 };
const talk: Message[] = [
  { role: "user", content: "list the files", timestamp: 1 },
  {
    role: "assistant",
    content: [{ type: "toolCall", id: "c1", name: "ls", arguments: {} }],
    api: "openai-completions",
    provider: "local",
    model: "m",
    usage: { input: 1, output: 2, cacheRead: 0, cacheWrite: 0, totalTokens: 3, cost },
    stopReason: "toolUse",
    timestamp: 2,
  },
  {
    role: "toolResult",
    toolCallId: "c1",
    toolName: "ls",
    content: [{ type: "text", text: "a" }],
    isError: false,
    timestamp: 3,
  },
];

/** Writes a session as a run does, and opens it with pi's own reader. */
async function openInPi(write: (session: Session) => Promise<void>) {
  const directory = temporaryDirectory();
  const session = await openSession({ directory, sessionId: "s" });
  await write(session);
  await session.close();

  // pi keeps the sessions of one working directory in one directory, under a name made of its path.
  const sessionsRoot = join(temporaryDirectory(), "sessions");
  mkdirSync(join(sessionsRoot, "--workspace--"), { recursive: true });
  const copy = join(sessionsRoot, "--workspace--", "s.jsonl");
  copyFileSync(join(directory, "s.jsonl"), copy);
  const repo = new JsonlSessionRepo({ fileSystem: new NodeExecutionEnv({ cwd: "/" }), sessionsRoot });
  const [found] = await repo.list(undefined, context);
  if (found === undefined) throw new Error(`pi finds no session in ${readFileSync(copy, "utf8")}`);
  expect(found).toMatchObject({ id: "s", cwd: "/workspace" });
  const opened = await repo.open(found, context);
  onTestFinished(() => opened.close(context));
  return opened;
}

const model = { provider: "local", modelId: "m" };

test("pi's own session reader opens a transcript and finds the same messages", async () => {
  const opened = await openInPi(async (session) => {
    for (const message of talk) await session.appendMessages([message], model);
  });
  const entries = await opened.findEntries({ type: "message" }, context);
  const messages = entries.flatMap((entry) => (entry.type === "message" ? entry.message : []));
  // It gives the newest first.
  expect(messages.toReversed()).toEqual(talk);
});

test("pi's own session reader finds a compaction, and what it keeps", async () => {
  const summarise = async () => "they looked around";
  const older: Message[] = [{ role: "user", content: "x".repeat(5000), timestamp: 0 }];
  const opened = await openInPi(async (session) => {
    await session.appendMessages([...older, ...talk], model);
    expect(await compactSession({ session, windowTokens: undefined, summarise })).toBeDefined();
    await session.compact({ maxResultChars: 100 });
    await session.appendMessages([{ role: "user", content: "go on", timestamp: 4 }]);
  });
  const [compaction] = await opened.findEntries({ type: "compaction" }, context);
  expect(compaction).toMatchObject({ summary: "they looked around", retainedTail: talk });
  const last = await opened.findEntries({ type: "message" }, context);
  expect(last[0]).toMatchObject({ message: { role: "user", content: "go on" } });
});
