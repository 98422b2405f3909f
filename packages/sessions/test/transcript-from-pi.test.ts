import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { BACKGROUND_CONTEXT as context } from "@earendil-works/pi-agent-core/harness/context";
import { NodeExecutionEnv } from "@earendil-works/pi-agent-core/harness/env/nodejs";
import { JsonlSessionRepo } from "@earendil-works/pi-agent-core/harness/session";
import { expect, onTestFinished, test } from "vitest";
import { createSessionStore } from "../src/store.ts";
import { shown, user } from "./support/talk.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

/**
 * Written by `SessionManager` of @earendil-works/pi-coding-agent 0.87.1 (`create`, then its append functions,
 * `branchWithSummary`, `appendLabelChange`, `appendCompaction`), and named after its session.
 */
const fixture = new URL("./fixtures/from-pi.jsonl", import.meta.url);

function store() {
  const dir = temporaryDirectory();
  copyFileSync(fixture, join(dir, "from-pi.jsonl"));
  return { dir, store: createSessionStore({ dir }) };
}

/** Opens a transcript with pi's own reader, which follows each reference from entry to entry. */
async function openInPi(path: string, cwd = "--workspace--") {
  const sessionsRoot = join(temporaryDirectory(), "sessions");
  mkdirSync(join(sessionsRoot, cwd), { recursive: true });
  copyFileSync(path, join(sessionsRoot, cwd, "s.jsonl"));
  const repo = new JsonlSessionRepo({ fileSystem: new NodeExecutionEnv({ cwd: "/" }), sessionsRoot });
  const [found] = await repo.list(undefined, context);
  if (found === undefined) throw new Error("pi finds no session");
  const opened = await repo.open(found, context);
  onTestFinished(() => opened.close(context));
  return opened;
}

const seen = [
  expect.stringContaining("They listed two files and decided to keep them."),
  "what is in a.txt?",
  "toolCall|toolCall",
  "hello",
  "there",
  "It greets.",
  "thank you",
];

test("a session that pi wrote opens here, with its name, its labels and its model", async () => {
  const from = store();
  expect(await from.store.get("from-pi")).toMatchObject({
    title: "Two files",
    provider: "local",
    model: "m",
    labels: { "74e8aef8": "counted", ee30ed2d: "refused" },
    entries: 21,
  });
  await using session = await from.store.open("from-pi");
  expect(session.repairs).toEqual([]);
  expect(session.messages.map(shown)).toEqual(seen);
});

test("a session that pi wrote goes on here, and goes on in pi then", async () => {
  const from = store();
  const session = await from.store.open("from-pi");
  await session.append({ type: "message", message: user("one more thing") });
  await session.close();
  const opened = await openInPi(join(from.dir, "from-pi.jsonl"));
  const [last] = await opened.findEntries({ type: "message" }, context);
  expect(last).toMatchObject({ message: { content: "one more thing" } });
});

test("branches, moves, labels and names made here open in pi, and forks of them", async () => {
  const from = store();
  const session = await from.store.open("from-pi");
  await session.moveTo("be7161b4");
  await session.moveTo("74e8aef8", { summary: "left it" });
  await session.label("ee30ed2d", undefined);
  await session.rename("Renamed");
  await session.beginRun("r");
  await session.append({ type: "message", message: user("from here") });
  await session.close();
  await openInPi(join(from.dir, "from-pi.jsonl"));
  const fork = await from.store.fork("from-pi", { id: "fork" });
  expect(fork).toMatchObject({ title: "Renamed", labels: { "74e8aef8": "counted" }, openRun: undefined });
  const opened = await openInPi(join(from.dir, "fork.jsonl"));
  const [last] = await opened.findEntries({ type: "message" }, context);
  expect(last).toMatchObject({ message: { content: "from here" } });
});

test.each(["717855d9", "4b9500b3", "f2f51992"])("a fork at entry %s of pi's opens in pi", async (at) => {
  const from = store();
  const info = await from.store.fork("from-pi", { id: "fork", at });
  // The label of an entry on a branch that was left stays behind with it.
  expect(info.labels).toEqual({ "74e8aef8": "counted" });
  await openInPi(join(from.dir, "fork.jsonl"));
});
