import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ToolResult } from "@cloison/agent";
import { createSessionStore } from "@cloison/sessions";
import { expect, onTestFinished } from "vitest";
import type { ModelLine } from "../src/broker/broker.ts";
import type { RunEvent } from "../src/index.ts";
import type { ModelTurns } from "../src/run/model-turns.ts";
import { Tally } from "../src/run/tally.ts";
import { temporaryDirectory } from "./temporary-directory.ts";
import { testTurns } from "./test-turns.ts";

/** A run without a sandbox: the session is on disk, the tools' results are made up. */
export async function openTurns(line: ModelLine, afterTurn: () => void = () => undefined) {
  const { signal } = new AbortController();
  const directory = temporaryDirectory();
  const session = await createSessionStore({ dir: directory }).open("s");
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= session.close());
  onTestFinished(close);
  const events: RunEvent[] = [];
  const emit = (event: RunEvent) => void events.push(event);
  const turns = testTurns({ line, session, emit, tally: new Tally(), signal });
  /** What is stored once the session is closed, as it is at the end of a run. */
  const entries = async () => {
    await close();
    return readEntries(join(directory, "s.jsonl"));
  };
  return { turns, events, entries, talk: (message: string) => talk(turns, message, afterTurn) };
}

/** Gives every tool call a result, until an answer has none. @returns how many answers that took */
async function talk(turns: ModelTurns, message: string, afterTurn: () => void): Promise<number> {
  const { signal } = new AbortController();
  turns.begin({ role: "user", content: message, timestamp: Date.now() });
  let toolResults: ToolResult[] = [];
  for (;;) {
    const { content } = await turns.next({ toolResults, signal });
    afterTurn();
    toolResults = content.flatMap((block) => (block.type === "toolCall" ? resultOf(block) : []));
    if (toolResults.length === 0) return turns.outcome().turns;
  }
}

function resultOf({ id, name }: { id: string; name: string }): ToolResult {
  return {
    toolCallId: id,
    toolName: name,
    content: [{ type: "text", text: `result of ${id}` }],
    isError: false,
  };
}

interface Entry {
  readonly type: string;
  readonly provider?: string;
  readonly modelId?: string;
  readonly message?: {
    readonly role: string;
    readonly provider?: string;
    readonly model?: string;
    readonly toolCallId?: string;
    readonly content: string | readonly { readonly type: string; readonly id?: string }[];
  };
}

function readEntries(path: string): Entry[] {
  return readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line): Entry => JSON.parse(line));
}

/** Every tool call has its result right after it, every result its call, and every model is noted. */
export function expectWhole(entries: readonly Entry[]): void {
  let open: (string | undefined)[] = [];
  let noted = "";
  for (const { type, provider, modelId, message } of entries) {
    if (type === "model_change") noted = `${provider}/${modelId}`;
    if (message === undefined) continue;
    if (message.role === "toolResult") {
      expect(open).toContain(message.toolCallId);
      open = open.filter((id) => id !== message.toolCallId);
      continue;
    }
    expect(open).toEqual([]);
    if (message.role !== "assistant" || typeof message.content === "string") continue;
    expect(`${message.provider}/${message.model}`).toBe(noted);
    expect(message.content).not.toHaveLength(0);
    open = message.content.filter(({ type }) => type === "toolCall").map(({ id }) => id);
  }
  expect(open).toEqual([]);
}
