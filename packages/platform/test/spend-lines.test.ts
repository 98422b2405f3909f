import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { writeFrames } from "../src/budget/spend-file.ts";
import { frameSpend, readSpendLines } from "../src/budget/spend-lines.ts";
import { formatSpend, type SpendRecord } from "../src/budget/spend-record.ts";
import { spendRecord } from "./spend-setting.ts";

const source = { path: "file", month: "2026-11", linesBefore: 0 };
const read = (...pieces: (Buffer | string)[]) =>
  readSpendLines(Buffer.concat(pieces.map((piece) => Buffer.from(piece))), source);

const tokens = fc.integer({ min: 0, max: 1e9 });
const record = fc
  .record({ input: tokens, output: tokens, model: fc.string({ unit: "binary" }), estimated: fc.boolean() })
  .map((given) => spendRecord(given));

describe("records in a file", () => {
  test("are read back as they were", () => {
    fc.assert(
      fc.property(fc.array(record), (records) => {
        const bytes = Buffer.concat(records.map(frameSpend));
        expect(readSpendLines(bytes, source)).toEqual({
          records,
          bytes: bytes.length,
          lines: 2 * records.length,
        });
      }),
    );
  });

  test("that killed writers left torn are passed over, wherever the file is cut into pieces", () => {
    const torn = fc.record({ record, share: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }) });
    const nul = fc.integer({ min: 1, max: 20 }).map((length) => "\0".repeat(length));
    const written = fc.array(fc.oneof(record, torn, nul), { maxLength: 20 });
    fc.assert(
      fc.property(written, fc.array(fc.nat(2000)), (written, cuts) => {
        const whole: SpendRecord[] = [];
        const parts = written.map((item) => {
          if (typeof item === "string") return Buffer.from(item);
          if (!("share" in item)) {
            whole.push(item);
            return frameSpend(item);
          }
          // What lacks its last newline only is a whole record.
          const frame = frameSpend(item.record);
          return frame.subarray(0, Math.floor((frame.length - 1) * item.share));
        });
        const bytes = Buffer.concat([...parts, frameSpend(spendRecord())]);
        const found: SpendRecord[] = [];
        let offset = 0;
        for (const end of [...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length]) {
          if (end < offset) continue;
          const { records, bytes: taken } = readSpendLines(bytes.subarray(offset, end), source);
          found.push(...records);
          offset += taken;
        }
        expect(found).toEqual([...whole, spendRecord()]);
      }),
    );
  });

  test("are written once each, however short the writes are cut", async () => {
    // 0: all of the first record but its last newline.
    const lengths = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 900 })));
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 5 }), lengths, async (records, lengths) => {
        const written: Buffer[] = [];
        const cut = [...lengths];
        const write = async (bytes: Buffer) => {
          const taken = bytes.subarray(0, (cut.pop() ?? bytes.length) || bytes.indexOf("}\n") + 1);
          written.push(taken);
          return { bytesWritten: taken.length };
        };
        await writeFrames({ write }, records.map(frameSpend));
        const ended = Buffer.concat([...written, frameSpend(spendRecord())]);
        expect(readSpendLines(ended, source).records).toEqual([...records, spendRecord()]);
      }),
    );
  });

  test("that lack nothing but their last newline count", () => {
    const cut = frameSpend(spendRecord({ input: 7 })).subarray(0, -1);
    expect(read(cut).records).toEqual([]);
    expect(read(cut, frameSpend(spendRecord())).records).toHaveLength(2);
  });

  test("of which the last is still being written are read when it is there", () => {
    const frame = frameSpend(spendRecord());
    for (let length = 0; length < frame.length; length += 1) {
      const { records, bytes } = read(frame, frame.subarray(0, length));
      expect(records).toHaveLength(1);
      expect(bytes).toBeLessThanOrEqual(frame.length + 2);
    }
  });

  test("that were torn one after another, some after their first bytes, are told from damaged ones", () => {
    const frame = frameSpend(spendRecord());
    for (const first of [1, 2, 3, 100, frame.length - 2])
      for (const second of [0, 1, 2, 3, 50]) {
        const torn = [frame.subarray(0, first), frame.subarray(0, second), frame.subarray(0, 1)];
        expect(read(frame, ...torn, frame).records).toHaveLength(2);
      }
  });
});

describe("a line that is no record", () => {
  const good = formatSpend(spendRecord());
  test.each([
    ["text", "hello"],
    ["text with a CR", "hello\r"],
    ["another object", "{}"],
    ["of another version", good.replace('"v":1', '"v":2')],
    ["of another month", good.replace("2026-11", "2026-10")],
    ["without a moment", good.replace(/"at":"[^"]*"/, '"at":"soon"')],
    ["of another zone", good.replace("12:00:00.000Z", "12:00:00.000+14:00")],
    ["with an amount below 0", good.replace('"input":1', '"input":-1')],
    ["with an amount that is missing", good.replace('"turns":1,', "")],
    ["with an amount that is a text", good.replace('"turns":1', '"turns":"1"')],
    ["with a damaged byte", good.replace('"input"', '"inp:t"')],
    ["without its beginning", good.slice(5)],
    ["two in one", `${good}${good}`],
  ])("is an error that names it: %s", (_, line) => {
    const frames = [frameSpend(spendRecord()), `\r\n${line}\n`];
    const corrupt = expect.objectContaining({ code: "SPEND_CORRUPT", path: "file", line: 4 });
    expect(() => read(...frames)).toThrow(corrupt);
    expect(() => read(...frames, frameSpend(spendRecord()))).toThrow(corrupt);
  });

  test("is an error also where it was cut, but by no writer of ours", () => {
    expect(() => read(`\r\n${good.slice(0, -5)}\n`, frameSpend(spendRecord()))).toThrow(
      expect.objectContaining({ code: "SPEND_CORRUPT", line: 2 }),
    );
  });
});
