// Sessions without agents and models: a writer is killed and nothing that it was told is lost; then a fork, a branch,
// a compaction, names, labels, lists and an export. No key needed.
// Usage: node main.mjs [directory], to keep the sessions there.
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { compactSession, createSessionStore } from "@cloison/sessions";

const dir = process.argv[2] ?? (await mkdtemp(join(tmpdir(), "cloison-sessions-")));
const store = createSessionStore({ dir, busyTimeoutMs: 500 });
try {
  const stored = await killAfter(100);
  const messages = (await entriesOf("killed")).filter(({ type }) => type === "message");
  const isWhole = messages.every(({ message }, index) => message.content === `message ${index + 1}`);
  console.log(
    `killed after it knew of ${stored} messages; all there: ${messages.length >= stored && isWhole}`,
  );

  await using session = await store.open("plan");
  await session.append([said("user", "Where shall we go?"), said("user", "By train, please.")]);
  const refused = await store.open("plan").catch((error) => error.code);
  console.log(`a second writer: ${refused}`);

  const [first, second] = session.branch();
  await session.moveTo(first.id, { summary: "The train was fully booked." });
  await session.append(said("user", "Then by bike."));
  console.log(`after a move back, the model sees:\n${shown(session)}`);

  const { id } = await store.fork("plan", { at: second.id, title: "By train after all" });
  await using fork = await store.open(id);
  console.log(`and in a fork:\n${shown(fork)}`);

  await using long = await store.open("killed");
  const summarise = async () => "Somebody counted messages.";
  const { tokensBefore, tokensAfter } = await compactSession({ session: long, windowTokens: 500, summarise });
  console.log(
    `compacted: ${tokensAfter < tokensBefore}; entries lost: ${messages.length - (await count("killed"))}`,
  );
  await Promise.all([session.close(), fork.close(), long.close()]);

  await store.rename("plan", "By bike");
  await store.label("plan", "holidays");
  const { sessions } = await store.list({ sort: "title" });
  console.log(`sessions: ${sessions.map(({ id, title }) => title ?? id).join(", ")}`);
  const found = await store.search("train");
  console.log(`found by "train": ${found.sessions.map(({ title }) => title).join(", ")}`);
  const labelled = await store.list({ label: "holidays" });
  console.log(`labelled: ${labelled.sessions.map(({ title }) => title).join(", ")}`);

  const page = join(dir, "plan.html");
  await pipeline(Readable.from(store.export("plan", { format: "html" })), createWriteStream(page));
  console.log(process.argv[2] === undefined ? "exported as HTML" : `exported to ${page}`);
} finally {
  await store.close();
  if (process.argv[2] === undefined) await rm(dir, { recursive: true });
}

/** Lets another process write, and kills it when it was told that so many messages are stored. */
async function killAfter(count) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "writer.mjs"), dir, "killed"]);
  child.stderr.pipe(process.stderr);
  let stored = 0;
  for await (const line of createInterface(child.stdout)) {
    stored = Number(line);
    if (stored === count) child.kill("SIGKILL");
  }
  return stored;
}

function said(role, content) {
  return { type: "message", message: { role, content, timestamp: Date.now() } };
}

function shown({ messages }) {
  return messages.map(({ content }) => `  ${content.replaceAll(/\s+/g, " ")}`).join("\n");
}

async function entriesOf(id) {
  const entries = [];
  for await (const entry of store.read(id)) entries.push(entry);
  return entries;
}

async function count(id) {
  return (await entriesOf(id)).filter(({ type }) => type === "message").length;
}
