import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type { RunEvent } from "@cloison/platform";
import { expect, test } from "vitest";
import type { Terminal } from "../src/output/terminal.ts";
import { createTurnsView } from "../src/output/turns-view.ts";

/** What the view prints for these events, without the times. */
async function shown(events: readonly RunEvent[]): Promise<string> {
  const out = new PassThrough();
  const plain = (words: string) => words;
  const terminal: Terminal = {
    write: (words) => out.write(words),
    line: (words = "") => out.write(`${words}\n`),
    bold: plain,
    dim: plain,
    good: plain,
    bad: plain,
    width: 60,
  };
  const view = createTurnsView(terminal);
  for (const event of events) view.show(event);
  view.endLine();
  out.end();
  return (await text(out)).replace(/\d+ ms/g, "… ms");
}

const start = (id: string): RunEvent => ({
  type: "tool_start",
  toolCallId: id,
  toolName: id,
  input: { n: 1 },
});
const end = (id: string, output: string, isError = false): RunEvent => {
  return { type: "tool_end", toolCallId: id, toolName: id, output, isError };
};

test("streamed text is shown as it comes, and a tool begins on a line of its own", async () => {
  const events: RunEvent[] = [
    { type: "text_delta", text: "I " },
    { type: "text_delta", text: "look." },
    start("ls"),
  ];
  expect(await shown([...events, end("ls", "a\nb\n")])).toBe(
    "\nI look.\n\n▸ ls n=1\n  │ a\n  │ b\n  ✓ … ms\n",
  );
});

test("tools that run at the same time are shown one after the other, in the order of their start", async () => {
  const events = [start("slow"), start("fast"), end("fast", "first"), end("slow", "second", true)];
  expect(await shown(events)).toBe(
    "\n▸ slow n=1\n  │ second\n  ✗ failed … ms\n\n▸ fast n=1\n  │ first\n  ✓ … ms\n",
  );
});

test("long output is cut, and says by how much", async () => {
  const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
  const output = await shown([start("cat"), end("cat", [...lines, "x".repeat(100)].join("\n"))]);
  expect(output).toContain("  │ line 7\n  ✓ … ms, 13 more lines\n");
  expect(output).not.toContain("line 8");
});

test("an attempt that failed is one line, and what was streamed of its answer is said to be void", async () => {
  const failure = {
    type: "failure",
    number: 1,
    provider: "openai",
    model: "gpt",
    key: "…1234",
    startedAt: 1,
    durationMs: 1,
    outcome: "rate_limit",
    message: "429:\n{}\u001b[2J".padEnd(100, "x"),
    classification: {
      reason: "rate_limit",
      retryable: true,
      scope: "key",
      confidence: 1,
      matched: "openai/rate",
    },
  } as const;
  const output = await shown([
    { type: "text_delta", text: "half" },
    { type: "answer_discarded", turn: 1 },
    { type: "attempt", turn: 1, event: failure },
    { type: "attempt", turn: 1, event: { ...failure, type: "success", outcome: "ok" } },
  ]);
  expect(output).toBe(
    `\nhalf\n  (this answer broke off and counts for nothing)\n  ✗ openai/gpt …1234: rate_limit, 429: {}\ufffd[2Jxxxxxxxxxxxxxx…\n`,
  );
});

test("a wait that is felt is told, and no other", async () => {
  const whom = { provider: "openai", model: "gpt", key: "…1234" };
  const decisions = [
    { type: "retry", ...whom, delayMs: 999, reason: "timeout" },
    { type: "retry", ...whom, delayMs: 1001, reason: "timeout" },
    { type: "wait", ...whom, delayMs: 30_000 },
  ] as const;
  const output = await shown(decisions.map((event) => ({ type: "attempt", turn: 1, event })));
  expect(output).toBe("  (waiting 2 s for openai/gpt)\n  (waiting 30 s for openai/gpt)\n");
});
