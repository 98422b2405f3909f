import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { createSessionStore } from "../src/store.ts";
import { bundled } from "./support/bundled.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";
import { linearEntries } from "./support/transcript-lines.ts";

const KILLS = 1000;
const AT_ONCE = 4;
const SESSIONS = 30;

/**
 * A host that writes two sessions, each with two writers that do not wait for each other, without end. It says
 * what it has stored, and what it put right.
 */
const host = (module: string, directory: string) => `
  import { randomUUID } from "node:crypto";
  import { writeSync } from "node:fs";
  import { createSessionStore } from ${module};
  const say = (...words) => writeSync(1, words.join(" ") + "\\n");
  const store = createSessionStore({ dir: ${JSON.stringify(directory)}, busyTimeoutMs: 600_000 });
  const write = async (id) => {
    say("opening", id);
    const session = await store.open(id);
    for (const { kind } of session.repairs) say("repaired", kind);
    const writer = async () => {
      for (;;) {
        const key = randomUUID();
        const data = "x".repeat(Math.random() ** 8 * 30_000);
        await session.append({ type: "custom", customType: key, data });
        say("stored", id, key);
      }
    };
    await Promise.all([writer(), writer()]);
  };
  const first = Math.floor(Math.random() * ${SESSIONS});
  await Promise.all([0, 13].map((step) => write("s" + ((first + step) % ${SESSIONS}))));`;

/** @returns all that a host had said when it was dead, some lines after the one at which it was killed */
async function runAndKill(script: string): Promise<string[]> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const last = 1 + Math.floor(Math.random() * 10);
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    if (lines.length === last) child.kill("SIGKILL");
  }
  expect(await exited).toEqual([null, "SIGKILL"]);
  return lines;
}

test(`${KILLS} kills of hosts that write lose nothing that was stored, and tear nothing`, async ({
  annotate,
}) => {
  const directory = temporaryDirectory();
  const script = host(await bundled("store.ts"), directory);
  const stored = new Map<string, string[]>();
  const repaired: string[] = [];
  let left = KILLS;
  const killInTurn = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      for (const line of await runAndKill(script)) {
        const [what, id = "", key = ""] = line.split(" ");
        if (what === "stored") stored.set(id, [...(stored.get(id) ?? []), key]);
        if (what === "repaired") repaired.push(id);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, killInTurn));

  const openMs: number[] = [];
  const store = createSessionStore({ dir: directory, busyTimeoutMs: 0 });
  for (const [id, keys] of stored) {
    const began = performance.now();
    const session = await store.open(id);
    openMs.push(performance.now() - began);
    repaired.push(...session.repairs.map(({ kind }) => kind));
    await session.close();
    const found = linearEntries(join(directory, `${id}.jsonl`)).map(({ customType }) => customType);
    const there = new Set(found);
    expect(there.size).toBe(found.length);
    expect(keys.filter((key) => !there.has(key))).toEqual([]);
  }
  expect(stored.size).toBe(SESSIONS);
  expect(repaired.filter((kind) => kind !== "torn")).toEqual([]);
  const count = [...stored.values()].flat().length;
  await annotate(
    `${count} entries, ${repaired.length} torn, slowest opening ${Math.max(...openMs).toFixed(1)} ms`,
  );
}, 300_000);
