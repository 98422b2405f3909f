import { readFileSync } from "node:fs";
import { expect } from "vitest";

/** What tests look at in a line of a transcript. */
interface Line {
  readonly type: string;
  readonly id: string;
  readonly parentId: string | null;
  readonly customType?: string;
  readonly data?: unknown;
}

/**
 * The entries of a transcript in which every line is whole: one header, then entries, none of them twice, each the
 * child of the one before.
 */
export function linearEntries(path: string): Line[] {
  const text = readFileSync(path, "utf8");
  expect(text.endsWith("\n")).toBe(true);
  const [header, ...entries] = text
    .slice(0, -1)
    .split("\n")
    .map((line): Line => JSON.parse(line));
  expect(header?.type).toBe("session");
  expect(entries.map(({ parentId }) => parentId)).toEqual([
    null,
    ...entries.slice(0, -1).map(({ id }) => id),
  ]);
  expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
  expect(entries.filter(({ type }) => type === "session")).toEqual([]);
  return entries;
}
