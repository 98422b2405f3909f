import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { argumentMerger } from "../src/broker/merged-arguments.ts";
import { pacedBody } from "../src/broker/paced-body.ts";
import { type Part, protocols, readBy, responseOf, wire } from "./answer-streams.ts";

function refuse(why: string): never {
  throw new RangeError(why);
}

/** A response as the broker hands it on. */
function mergeArguments({ body, headers }: Response): Response {
  if (body === null) throw new RangeError("there is nothing to be read");
  return new Response(pacedBody(body, argumentMerger(refuse)).body, { headers });
}

function cut(text: string, size: number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += size) pieces.push(text.slice(at, at + size));
  return pieces;
}

const words = fc.string({
  unit: fc.constantFrom("a", " ", '"', "\\", "\n", "ä", "😀", "{", "data: "),
  maxLength: 80,
});
const pieceSize = fc.integer({ min: 1, max: 9 });
const text = fc
  .tuple(words, pieceSize)
  .map(([text, size]): Part => ({ kind: "text", pieces: cut(text, size) }));
const call = fc
  .tuple(fc.dictionary(fc.constantFrom("path", "text", "mode"), words), pieceSize)
  .map(([input, size]): Part => ({ kind: "call", pieces: cut(JSON.stringify(input), size) }));

describe.each(Object.entries(protocols))("the arguments of tool calls in a stream of %s", (_, protocol) => {
  test("are read a few times, however many pieces they come in", async () => {
    const parts: Part[] = [1, 2].map((nth) => ({
      kind: "call",
      pieces: cut(JSON.stringify({ text: "x".repeat(10_000 * nth) }), 8),
    }));
    const bytes = wire(protocol, parts);
    const whole = await readBy(protocol, responseOf(bytes));
    const merged = await readBy(protocol, mergeArguments(responseOf(bytes)));
    expect(whole.answer.content).toHaveLength(2);
    expect(whole.updates).toBeGreaterThan(3700);
    expect(merged.updates).toBeLessThan(100);
    expect(merged.answer).toEqual(whole.answer);
  });

  test("come to what they would come to without this, wherever the bytes are cut", async () => {
    const answers = fc.tuple(
      fc.array(fc.oneof(text, call), { maxLength: 5 }),
      fc.constantFrom("\n", "\r\n"),
      fc.array(fc.nat({ max: 5000 }), { maxLength: 60 }),
    );
    await fc.assert(
      fc.asyncProperty(answers, async ([parts, newline, cuts]) => {
        const bytes = wire(protocol, parts, newline);
        const { answer } = await readBy(protocol, responseOf(bytes));
        expect(answer.stopReason, answer.errorMessage).not.toBe("error");
        const merged = await readBy(protocol, mergeArguments(responseOf(bytes, cuts)));
        expect(merged.answer).toEqual(answer);
      }),
      { numRuns: 300 },
    );
  });
});

const odd = [
  ": a comment\n\n",
  "data: [DONE]\n\n",
  "\n\n\n",
  'data: {"choices":[{"delta":{"tool_calls":[\n\n',
  'data: {"tool_calls":1}\n\n',
  'id: 4\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{"}}\n\n',
  'data: {"type":"content_block_delta"}\r\rdata: x\r\n\r\n',
  `data: ${"y".repeat(9000)}\n\n`,
  `data: "tool_calls" ${"z".repeat(20_000)}`,
  "data: \u{1f600}\n\n",
];

test("every other stream goes by, byte for byte, wherever it is cut", async () => {
  const streams = fc.tuple(
    fc.array(fc.constantFrom(...odd), { maxLength: 8 }),
    fc.array(fc.nat({ max: 30_000 }), { maxLength: 40 }),
  );
  await fc.assert(
    fc.asyncProperty(streams, async ([events, cuts]) => {
      const bytes = Buffer.from(events.join(""));
      const passed = await mergeArguments(responseOf(bytes, cuts)).bytes();
      expect(Buffer.from(passed).equals(bytes)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("a stream that is cut ends with what was held", async () => {
  const event = (piece: string) =>
    `data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"${piece}"}}\n\n`;
  const stream = `${event("x".repeat(100))}${event("held")}data: {"half`;
  const passed = await mergeArguments(responseOf(Buffer.from(stream))).text();
  expect(passed).toBe(stream);
});

test("the end of a stream that nobody reads any more reaches its source", async () => {
  const left = Promise.withResolvers<unknown>();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(Buffer.from("data: 1\n\n")),
    cancel: left.resolve,
  });
  const reader = pacedBody(body, argumentMerger(refuse)).body.getReader();
  expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("data: 1\n\n");
  const more = reader.read();
  await reader.cancel("enough");
  expect(await left.promise).toBe("enough");
  expect(await more).toMatchObject({ done: true });
});

test("counts of tokens that come with a piece are not lost with it", async () => {
  const chunk = (piece: string, fields: object, finish: string | null = null) => {
    const call = { index: 0, id: "call_1", function: { name: "write", arguments: piece } };
    const choices = [{ index: 0, delta: { tool_calls: [call] }, finish_reason: finish }];
    return `data: ${JSON.stringify({ id: "c", choices, ...fields })}\n\n`;
  };
  const usage = { prompt_tokens: 7, completion_tokens: 9, total_tokens: 16 };
  const long = "x".repeat(100);
  const stream = [
    chunk(`{"path":"${long}`, {}),
    chunk("a", { usage }),
    chunk("b", {}),
    chunk('"}', {}, "tool_calls"),
  ];
  const response = responseOf(Buffer.from(`${stream.join("")}data: [DONE]\n\n`));
  const { answer } = await readBy(protocols["OpenAI's chat completions"], mergeArguments(response));
  expect(answer).toMatchObject({ usage: { input: 7, output: 9 }, stopReason: "toolUse" });
  expect(answer.content).toMatchObject([{ name: "write", arguments: { path: `${long}ab` } }]);
});

describe("an event that a client would parse for minutes", () => {
  const deep = "[".repeat(10_000);
  const calls = (input: string) => [
    { index: 0, delta: { tool_calls: [{ function: { arguments: input } }] } },
  ];
  const json = {
    "chat completions": JSON.stringify({ choices: calls(deep) }),
    messages: JSON.stringify({ type: "content_block_delta", delta: { partial_json: deep } }),
    responses: JSON.stringify({ type: "response.function_call_arguments.delta", delta: deep }),
    "an item": JSON.stringify({ type: "response.output_item.done", item: { arguments: deep } }),
    "much text": JSON.stringify({ choices: calls(`"${"x".repeat(1_100_000)}"`) }),
    "odd spelling": JSON.stringify({ choices: calls(deep) }).replace("arguments", "\\u0061rguments"),
    "broken JSON": JSON.stringify({ partial_json: deep }).replace("[", "\t["),
  };
  test.each(Object.entries(json))("does not reach it: %s", async (_, text) => {
    const cuts = [text.length, text.length + 1];
    for (const event of [`data: ${text}\n\n`, `id: 1\r\ndata:${text}\r\n\r\n`, `data: ${text}`])
      await expect(mergeArguments(responseOf(Buffer.from(event), cuts)).text()).rejects.toThrow(
        /arguments of/,
      );
  });

  test("is none that has as much in its words", async () => {
    const text = { choices: [{ delta: { content: deep } }], type: "x", delta: deep };
    const content = {
      index: 0,
      delta: { tool_calls: [{ function: { arguments: JSON.stringify({ deep }) } }] },
    };
    const stream = [text, { choices: [content] }]
      .map((event) => `data: ${JSON.stringify(event)}\n\n`)
      .join("");
    expect(await mergeArguments(responseOf(Buffer.from(stream))).text()).toBe(stream);
  });
});
