import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RunEvent } from "../src/index.ts";
import { EventBuffer } from "../src/run/event-buffer.ts";

const id = fc.constantFrom("a", "b");
const delta = fc.record({
  type: fc.constantFrom("text_delta" as const, "thinking_delta" as const),
  text: fc.string(),
});
const update = fc
  .record({ type: fc.constantFrom("tool_update" as const), toolCallId: id, output: fc.string() })
  .map((event): RunEvent => ({ ...event, toolName: "bash" }));
const end = fc
  .record({ type: fc.constantFrom("tool_end" as const), toolCallId: id, output: fc.string() })
  .map((event): RunEvent => ({ ...event, toolName: "bash", isError: false }));
const anyEvent = fc.oneof(delta, update, end);

/** Adjacent deltas as one; of updates only those that are not overtaken by what comes right after. */
function essence(events: readonly RunEvent[]): RunEvent[] {
  const kept: RunEvent[] = [];
  events.forEach((event, index) => {
    if (event.type === "tool_update") {
      for (const later of events.slice(index + 1)) {
        if (later.type !== "tool_update" && later.type !== "tool_end") break;
        if (later.toolCallId === event.toolCallId) return;
        if (later.type === "tool_end") break;
      }
    }
    const last = kept.at(-1);
    if ((event.type === "text_delta" || event.type === "thinking_delta") && last?.type === event.type)
      kept[kept.length - 1] = { type: event.type, text: last.text + event.text };
    else kept.push(event);
  });
  return kept;
}

describe("events that wait", () => {
  test("are the ones that came, but for what is told by later ones", () => {
    fc.assert(
      fc.property(fc.array(anyEvent), (events) => {
        const buffer = new EventBuffer();
        for (const event of events) buffer.add(event);
        expect(takeAll(buffer)).toEqual(essence(events));
      }),
    );
  });

  test("give each word once and in order, however reading and writing alternate", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ event: anyEvent, read: fc.boolean() })), (steps) => {
        const buffer = new EventBuffer();
        const got: RunEvent[] = [];
        for (const { event, read } of steps) {
          buffer.add(event);
          const taken = read ? buffer.take() : undefined;
          if (taken !== undefined) got.push(taken);
        }
        got.push(...takeAll(buffer));
        expect(wordsOf(got)).toEqual(wordsOf(steps.map(({ event }) => event)));
        expect(got.filter(({ type }) => type === "tool_end")).toEqual(
          steps.map(({ event }) => event).filter(({ type }) => type === "tool_end"),
        );
      }),
    );
  });
});

describe("more events than may wait", () => {
  const toolEnd = (output: string): RunEvent => ({
    type: "tool_end",
    toolCallId: "a",
    toolName: "bash",
    output,
    isError: false,
  });

  test.each([
    ["by number", { events: 3, chars: 1_000_000 }, "x"],
    ["by size", { events: 1000, chars: 3500 }, "x".repeat(1000)],
  ])("%s: the oldest are dropped, and the reader is told", (_, limits, output) => {
    const buffer = new EventBuffer(limits);
    for (let index = 0; index < 10; index += 1) buffer.add(toolEnd(`${index}${output}`));
    const [lost, ...rest] = takeAll(buffer);
    expect(lost).toEqual({ type: "events_lost", count: 7 });
    expect(rest).toEqual([7, 8, 9].map((index) => toolEnd(`${index}${output}`)));
    buffer.add(toolEnd("later"));
    expect(takeAll(buffer)).toEqual([toolEnd("later")]);
  });

  test("keep the newest, however long it is", () => {
    const buffer = new EventBuffer({ events: 10, chars: 10 });
    buffer.add(toolEnd("short"));
    buffer.add(toolEnd("x".repeat(100)));
    expect(takeAll(buffer)).toEqual([{ type: "events_lost", count: 1 }, toolEnd("x".repeat(100))]);
  });
});

function takeAll(buffer: EventBuffer): RunEvent[] {
  const taken: RunEvent[] = [];
  for (let event = buffer.take(); event !== undefined; event = buffer.take()) taken.push(event);
  return taken;
}

function wordsOf(events: readonly RunEvent[]): string[] {
  const by = { text_delta: "", thinking_delta: "" };
  for (const event of events)
    if (event.type === "text_delta" || event.type === "thinking_delta") by[event.type] += event.text;
  return [by.text_delta, by.thinking_delta];
}
