import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createSessionStore } from "../src/store.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

const timestamp = "2026-01-01T00:00:00.000Z";

test("20,000 labels are learnt, changed and taken away in no more than a moment", async () => {
  const dir = temporaryDirectory();
  const header = { type: "session", version: 3, id: "s", timestamp, cwd: "/" };
  const labels = Array.from({ length: 20_000 }, (_, n) => {
    const parentId = n === 0 ? null : `l${n - 1}`;
    return { type: "label", id: `l${n}`, parentId, timestamp, targetId: `l${n - 1}`, label: `label ${n}` };
  });
  writeFileSync(
    join(dir, "s.jsonl"),
    [header, ...labels].map((line) => `${JSON.stringify(line)}\n`).join(""),
  );
  const store = createSessionStore({ dir });
  expect(Object.keys((await store.get("s"))?.labels ?? {})).toHaveLength(20_000);
  await store.label("s", "changed", { entryId: "l5" });
  await store.label("s", undefined, { entryId: "l6" });
  const { labels: found = {} } = (await store.get("s")) ?? {};
  expect(Object.keys(found)).toHaveLength(19_999);
  expect(found).toMatchObject({ l4: "label 5", l5: "changed" });
  const fork = await store.fork("s");
  expect(fork.labels).toEqual(Object.fromEntries(Object.entries(found).filter(([id]) => id !== "l-1")));
  await store.close();
});
