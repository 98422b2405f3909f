import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BACKGROUND_CONTEXT as context } from "@earendil-works/pi-agent-core/harness/context";
import { NodeExecutionEnv } from "@earendil-works/pi-agent-core/harness/env/nodejs";
import { JsonlSessionRepo } from "@earendil-works/pi-agent-core/harness/session";
import type { Message } from "@earendil-works/pi-ai";
import { expect, test } from "vitest";
import { openSession } from "../src/session/session.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

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

test("pi's own session reader opens a transcript and finds the same messages", async () => {
  const directory = temporaryDirectory();
  const session = await openSession({ userId: "ada", directory, sessionId: "s" });
  for (const message of talk) await session.append([message], { provider: "local", modelId: "m" });
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
  const entries = await opened.findEntries({ type: "message" }, context);
  const messages = entries.flatMap((entry) => (entry.type === "message" ? entry.message : []));
  // It gives the newest first.
  expect(messages.toReversed()).toEqual(talk);
  await opened.close(context);
});
