import { checkConversation } from "@cloison/testing";
import type { AssistantMessage, Message } from "@earendil-works/pi-ai";
import { expect } from "vitest";
import { EmptyAnswerError, ModelCallError } from "../../src/errors/model-errors.ts";
import { isRecord } from "./record.ts";
import { type RunTrace, readTranscriptText, reopen, type Stage } from "./run-schedule.ts";
import { wireForm } from "./wire-form.ts";

/** All that has to hold after a schedule, whatever it was. */
export async function checkSchedule(traces: readonly RunTrace[], stage: Stage): Promise<void> {
  checkAttempts(traces, stage);
  const session = await reopen(stage);
  await session.close();
  const { messages } = session;
  checkInStep(traces.at(-1), messages);
  checkPairs(messages);
  checkSecrets(traces, stage);
  const entries = readTranscriptText(stage)
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  checkWords(entries, traces, stage);
  checkSummaries(entries, stage);
  // As it would be sent with one more message of the user.
  const next: Message[] = [...messages, { role: "user", content: "and?", timestamp: 1 }];
  for (const protocol of ["openai", "anthropic"] as const) {
    expect(checkConversation({ protocol, raw: await wireForm(protocol, next) })).toBeUndefined();
  }
}

/** Every request that the server has received is an attempt, in this order, and the other way round. */
function checkAttempts(traces: readonly RunTrace[], { script }: Stage): void {
  for (const [index, { attempts, error, from }] of traces.entries()) {
    const received = script.received.slice(from, traces[index + 1]?.from);
    const sent = received.map(({ model, key }) => `${model} …${key.slice(-4)}`);
    const told = attempts.map(({ model, key }) => `${model} ${key}`);
    expect(told).toEqual(sent);
    if (error instanceof ModelCallError || error instanceof EmptyAnswerError)
      expect(error.attempts).toEqual(attempts);
  }
}

/** What the last run would have sent next is what the session sends when it is opened anew. */
function checkInStep(last: RunTrace | undefined, messages: readonly Message[]): void {
  if (last?.messages === undefined) return;
  const stored = messages.slice(0, last.messages.length);
  expect(JSON.stringify(stored)).toBe(JSON.stringify(last.messages));
  // Beyond that there are only the results that an abort has left out.
  expect(messages.slice(stored.length).every(({ role }) => role === "toolResult")).toBe(true);
}

/** Each tool call has one result, after it and before anything else is said. */
function checkPairs(messages: readonly Message[]): void {
  let open: string[] = [];
  for (const message of messages) {
    if (message.role === "toolResult") {
      expect(open).toContain(message.toolCallId);
      open = open.filter((id) => id !== message.toolCallId);
      continue;
    }
    expect(open).toEqual([]);
    if (message.role === "assistant") open = callIdsOf(message);
  }
  expect(open).toEqual([]);
}

function callIdsOf({ content }: AssistantMessage): string[] {
  return content.flatMap((block) => (block.type === "toolCall" ? [block.id] : []));
}

/** Each message of the user is there once and in order; of answers only whole ones are, each at most once. */
function checkWords(entries: readonly unknown[], traces: readonly RunTrace[], { script }: Stage): void {
  const messages = entries.flatMap((entry) =>
    isRecord(entry) && entry.type === "message" && isRecord(entry.message) ? [entry.message] : [],
  );
  const asked = messages.filter(({ role }) => role === "user").map(({ content }) => content);
  expect(asked).toEqual(traces.map(({ message }) => message));
  const answered = messages.filter(({ role }) => role === "assistant").flatMap(textsOf);
  expect(answered.filter((text) => !script.whole.has(text))).toEqual([]);
  expect(new Set(answered).size).toBe(answered.length);
}

function textsOf({ content }: Record<string, unknown>): string[] {
  const blocks: unknown[] = Array.isArray(content) ? content : [];
  return blocks.flatMap((block) =>
    isRecord(block) && block.type === "text" && typeof block.text === "string" ? [block.text] : [],
  );
}

function checkSummaries(entries: readonly unknown[], { script }: Stage): void {
  for (const entry of entries) {
    if (!isRecord(entry) || entry.type !== "compaction") continue;
    const [first] = String(entry.summary).split("\n");
    expect(script.whole).toContain(first);
  }
}

/** No key is in the transcript, in an event or in an error. */
function checkSecrets(traces: readonly RunTrace[], stage: Stage): void {
  const errors = traces.map(({ error }) => (error instanceof Error ? `${error.stack}${error.cause}` : ""));
  const told = [readTranscriptText(stage), JSON.stringify(traces), ...errors].join("\n");
  for (const key of Object.values(stage.keys).flat()) expect(told.includes(key)).toBe(false);
}
