import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { createSessionStore } from "../src/store.ts";
import { source } from "./support/killed-child.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";
import { linearEntries } from "./support/transcript-lines.ts";

/** Appends many at once, in some rounds, until the file may not grow any more, and says which are stored. */
const writer = (directory: string) => `
  import { writeSync } from "node:fs";
  import { createSessionStore } from ${source("store.ts")};
  process.on("SIGXFSZ", () => undefined);
  const store = createSessionStore({ dir: ${JSON.stringify(directory)} });
  const session = await store.open("s");
  const append = async (key) => {
    await session.append({ type: "custom", customType: key });
    writeSync(1, key + "\\n");
  };
  for (let round = 0; round < 5; round += 1) {
    const keys = Array.from({ length: 10 }, (_, index) => round + "." + index);
    for (const { reason } of await Promise.allSettled(keys.map(append)))
      if (reason !== undefined) writeSync(2, reason.code + " " + reason.cause.code + "\\n");
  }
  await session.close();`;

test.each([1, 2, 3])("a file that may not grow beyond %d kB is a typed error, and goes on", async (kB) => {
  const directory = temporaryDirectory();
  // The shell's unit of file size is 512 bytes or 1 kB; what counts is that one write is cut short.
  const command = `ulimit -f ${kB}; exec "$0" --input-type=module --eval "$1"`;
  const { stdout, stderr } = await promisify(execFile)("bash", [
    "-c",
    command,
    process.execPath,
    writer(directory),
  ]);
  const errors = stderr.trimEnd().split("\n");
  expect(new Set(errors)).toEqual(new Set(["TRANSCRIPT_WRITE_FAILED EFBIG"]));
  const stored = stdout.split("\n").filter(Boolean);
  expect(stored.length + errors.length).toBe(50);

  const session = await createSessionStore({ dir: directory }).open("s");
  expect(session.repairs.map(({ kind }) => kind)).toEqual(["torn"]);
  await session.append({ type: "custom", customType: "after" });
  await session.close();
  const found = linearEntries(join(directory, "s.jsonl")).map(({ customType = "" }) => customType);
  expect(new Set(found).size).toBe(found.length);
  for (const key of [...stored, "after"]) expect(found).toContain(key);
});

test("a torn line that cannot be kept aside stays where it is, and nothing is written after it", async () => {
  const directory = temporaryDirectory();
  const path = join(directory, "s.jsonl");
  writeFileSync(path, '{"type":"session"');
  writeFileSync(join(directory, ".aside"), "");
  const store = createSessionStore({ dir: directory });
  const refusal = { code: "TRANSCRIPT_WRITE_FAILED", path, cause: { code: "EEXIST" } };
  await expect(store.open("s")).rejects.toMatchObject(refusal);
  await expect(store.open("s")).rejects.toMatchObject(refusal);
});

test("a place that cannot be used is a typed error that says so", async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, "file"), "");
  await expect(createSessionStore({ dir: join(directory, "file") }).isOpen("s")).rejects.toMatchObject({
    code: "SESSION_STORE",
    cause: { code: "ENOTDIR" },
  });
  mkdirSync(join(directory, "s.jsonl"));
  const inFile = createSessionStore({ dir: join(directory, "file") });
  await expect(inFile.open("s")).rejects.toMatchObject({
    code: "SESSION_STORE",
    message: expect.stringContaining("ENOTDIR"),
    cause: { code: "ENOTDIR" },
  });
  const message = expect.stringContaining("no regular file");
  const refusal = { code: "TRANSCRIPT_CORRUPT", message };
  const store = createSessionStore({ dir: directory });
  await expect(store.open("s")).rejects.toMatchObject(refusal);
  await expect(store.open("s", { busyTimeoutMs: 0 })).rejects.toMatchObject(refusal);
});
