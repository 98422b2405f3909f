import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSessionStore } from "@cloison/sessions";
import { type Benchmark, timeRuns, toRow } from "../row.ts";

const sessions = 100_000;
const processes = 15;
const lists = 200;
/** Milliseconds. */
const openBudget = 300;
const listBudget = 10;

/**
 * Lists of 100,000 sessions: the index made from their transcripts, once; opened by new processes, which then list
 * once; and pages in the middle of the list, and of what a search leaves of it.
 */
export const sessionList: Benchmark = async () => {
  const dir = mkdtempSync(join(tmpdir(), "cloison-bench-"));
  const store = createSessionStore({ dir });
  try {
    for (let n = 0; n < sessions; n += 1) writeTranscript(dir, n);
    const built = await timeRuns(1, () => store.list(), 0);
    const opened = Array.from({ length: processes }, () => openInProcess(dir));
    const middle = await store.list({ createdBefore: timeOf(sessions / 2), sort: "createdAt", limit: 1 });
    const page = { sort: "createdAt", cursor: middle.cursor } as const;
    const pages = await timeRuns(lists, () => store.list(page));
    const searched = await timeRuns(lists, () => store.search("garden", { model: "model-3" }));
    return [
      toRow({ name: "sessions.100k-index-made", unit: "ms", values: built }),
      toRow({
        name: "sessions.100k-open",
        unit: "ms",
        values: opened.map(({ open }) => open),
        budget: openBudget,
      }),
      toRow({
        name: "sessions.100k-first-page",
        unit: "ms",
        values: opened.map(({ list }) => list),
        budget: listBudget,
      }),
      toRow({ name: "sessions.100k-middle-page", unit: "ms", values: pages, budget: listBudget }),
      toRow({ name: "sessions.100k-search", unit: "ms", values: searched, budget: listBudget }),
    ];
  } finally {
    await store.close();
    rmSync(dir, { recursive: true });
  }
};

function openInProcess(dir: string): { readonly open: number; readonly list: number } {
  const script = new URL("../session-list-process.ts", import.meta.url).pathname;
  return JSON.parse(execFileSync(process.execPath, [script, dir], { encoding: "utf8" }));
}

const titles = ["Plan the garden", "A voyage", "Chapters of the book", "Wood for winter"];

function writeTranscript(dir: string, n: number): void {
  const id = `session-${n}`;
  const timestamp = timeOf(n);
  const first = { id: `${n}-1`, parentId: null, timestamp };
  const second = { id: `${n}-2`, parentId: `${n}-1`, timestamp };
  const lines = [
    { type: "session", version: 3, id, timestamp, cwd: "/workspace" },
    { type: "session_info", ...first, name: `${titles[n % titles.length]}, ${n}` },
    { type: "model_change", ...second, provider: "openai", modelId: `model-${n % 7}` },
  ];
  writeFileSync(join(dir, `${id}.jsonl`), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

function timeOf(n: number): string {
  return new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString();
}
