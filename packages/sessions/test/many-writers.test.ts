import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { source } from "./support/killed-child.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";
import { linearEntries } from "./support/transcript-lines.ts";

const WRITERS = 50;
const TURNS = 3;

/** Many at once that each open the session, add two entries, and close it; each of them some times. */
const writers = (directory: string, name: string) => `
  import { createSessionStore } from ${source("store.ts")};
  const store = createSessionStore({ dir: ${JSON.stringify(directory)}, busyTimeoutMs: 600_000 });
  const one = async (number) => {
    for (let turn = 0; turn < ${TURNS}; turn += 1) {
      const session = await store.open("s");
      const key = "${name}." + number + "." + turn;
      const entries = ["a", "b"].map((half) => session.append({ type: "custom", customType: key + half }));
      await Promise.all(entries);
      await session.close();
    }
  };
  await Promise.all(Array.from({ length: ${WRITERS} }, (_, number) => one(number)));`;

test(`two processes of ${WRITERS} writers each make one linear history, without a deadlock`, async () => {
  const directory = temporaryDirectory();
  const run = (name: string) =>
    promisify(execFile)(process.execPath, ["--input-type=module", "-e", writers(directory, name)]);
  await Promise.all([run("p"), run("q")]);
  const found = linearEntries(join(directory, "s.jsonl")).map(({ customType = "" }) => customType);
  expect(new Set(found).size).toBe(found.length);
  expect(found).toHaveLength(2 * WRITERS * TURNS * 2);
  // What one writer adds in one turn stands together.
  for (let index = 0; index < found.length; index += 2)
    expect(found[index + 1]).toBe(found[index]?.replace(/a$/, "b"));
  expect(readdirSync(directory).filter((name) => name.includes(".lock"))).toEqual([]);
});
