import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readBranch } from "../src/branch/read-branch.ts";
import type { StoredLine } from "../src/driver.ts";
import { createSessionStore } from "../src/store.ts";
import { shown, user } from "./support/talk.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

const timestamp = "2026-01-01T00:00:00.000Z";
const header = { type: "session", version: 3, id: "s", timestamp, cwd: "/" };

interface Line {
  readonly id: string;
  readonly parentId: string | null;
}

const said = (id: string, parentId: string | null) => ({
  type: "message",
  id,
  parentId,
  timestamp,
  message: user(id),
});

/** A transcript that counts the lines that were read of it. */
function transcriptOf(lines: readonly (object | string)[]) {
  const texts = [header, ...lines].map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
  const stored = texts.map((text, index): StoredLine => ({ offset: index * 100, text }));
  const transcript = {
    id: "s",
    read: 0,
    async *readBackward() {
      for (const line of stored.toReversed()) {
        transcript.read += 1;
        yield line;
      }
    },
  };
  return transcript;
}

/** The same, by looking at all of it. */
function branchOf(lines: readonly Line[]): Line[] {
  const branch: Line[] = [];
  for (let index = lines.length - 1; index >= 0; ) {
    const line = lines[index];
    if (line === undefined) break;
    branch.unshift(line);
    const parent = lines.findLastIndex(({ id }, place) => place < index && id === line.parentId);
    index = line.parentId === null ? -1 : parent === -1 ? index - 1 : parent;
  }
  return branch;
}

const ids = (entries: readonly { id: string }[]) => entries.map(({ id }) => id).join("");

describe("a branch", () => {
  test("is read from its last entry back to the root, past what is on others", async () => {
    const lines = [said("a", null), said("b", "a"), said("c", "a"), said("d", "b"), said("e", "c")];
    expect(ids(await readBranch(transcriptOf(lines)))).toBe("ace");
    expect(ids(await readBranch(transcriptOf(lines), "d"))).toBe("abd");
  });

  test("is read no further than to what the latest compaction keeps, and to the user's last message", async () => {
    const many = Array.from({ length: 1000 }, (_, index) =>
      said(`m${index}`, index === 0 ? null : `m${index - 1}`),
    );
    const kept = (firstKeptEntryId: string) => ({
      type: "compaction",
      id: "k",
      parentId: "m999",
      timestamp,
      summary: "s",
      firstKeptEntryId,
    });
    const transcript = transcriptOf([...many, kept("m990"), said("z", "k")]);
    const branch = await readBranch(transcript);
    expect([branch.length, branch[0]?.id, transcript.read]).toEqual([12, "m990", 12]);
    const thinking = { type: "custom", id: "m999", parentId: "m998", timestamp, customType: "x" };
    const without = transcriptOf([...many.slice(0, -1), thinking, kept("m999")]);
    expect((await readBranch(without))[0]?.id).toBe("m998");
  });

  test("goes on at the entry before where a parent is missing", async () => {
    const lines = [said("a", null), said("b", "a"), "{ torn", said("d", "c"), said("e", "d")];
    expect(ids(await readBranch(transcriptOf(lines)))).toBe("abde");
  });

  test("goes on at the entry before where a parent comes after, or is the entry itself", async () => {
    const lines = [said("a", null), said("b", "c"), said("c", "c")];
    expect(ids(await readBranch(transcriptOf(lines)))).toBe("abc");
  });

  test("of entries that are there twice has each once", async () => {
    const lines = [said("a", null), said("b", "a"), said("b", "a"), said("c", "b"), said("c", "b")];
    expect(ids(await readBranch(transcriptOf(lines)))).toBe("abc");
  });

  test("of an entry that is not there is an error", async () => {
    await expect(readBranch(transcriptOf([said("a", null)]), "x")).rejects.toMatchObject({
      code: "SESSION_ENTRY",
    });
    await expect(readBranch(transcriptOf([]), "x")).rejects.toMatchObject({ code: "SESSION_ENTRY" });
    expect(await readBranch(transcriptOf([]))).toEqual([]);
  });

  test("of any transcript is what following its parents says", async () => {
    const line = fc.record({
      id: fc.integer({ min: 0, max: 12 }),
      parent: fc.integer({ min: -1, max: 14 }),
      broken: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 15 }), async (given) => {
        const lines = given.map(({ id, parent, broken }) =>
          broken && id % 3 === 0 ? "{" : said(`${id}`, parent === -1 ? null : `${parent}`),
        );
        const branch = await readBranch(transcriptOf(lines));
        const whole = lines.flatMap((each): Line[] => (typeof each === "string" ? [] : [each]));
        expect(ids(branch)).toBe(ids(branchOf(whole)));
      }),
    );
  });
});

test("a corrupt line in the middle costs what it said, and no more", async () => {
  const dir = temporaryDirectory();
  const lines = [header, said("a", null), said("b", "a"), said("c", "b"), said("d", "c")].map((line) =>
    JSON.stringify(line),
  );
  writeFileSync(join(dir, "s.jsonl"), `${lines.with(2, lines[2]?.slice(0, 30) ?? "").join("\n")}\n`);
  const store = createSessionStore({ dir });
  await using session = await store.open("s");
  expect(session.messages.map(shown)).toEqual(["a", "c", "d"]);
  await session.append({ type: "message", message: user("e") });
  const { id } = await store.fork("s");
  await using fork = await store.open(id);
  expect(fork.messages.map(shown)).toEqual(["a", "c", "d", "e"]);
});
