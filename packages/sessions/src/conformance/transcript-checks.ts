import assert from "node:assert/strict";
import { type DriverCheck, idsOf, linesOf, openNow, rejectsWith, title, write } from "./driver-check.ts";

/** That what is appended is there, whole, once and in its order. */
export const transcriptChecks: readonly DriverCheck[] = [
  {
    name: "begins a session with its first append",
    run: async ({ driver }) => {
      const writer = await openNow(driver, "s");
      assert.equal(writer.log.info, undefined);
      assert.deepEqual(await linesOf(writer.log.readBackward()), []);
      assert.equal(await driver.get("s"), undefined);
      assert.deepEqual(await idsOf(driver), []);
      const lines = await writer.append([title("one"), title("two")]);
      assert.deepEqual(await linesOf(driver.read("s")), lines);
      assert.deepEqual(await driver.get("s"), writer.info);
      await writer.log.close();
    },
  },
  {
    name: "keeps no session to which nothing was appended",
    run: async ({ driver }) => {
      await (await openNow(driver, "s")).log.close();
      assert.equal(await driver.get("s"), undefined);
      assert.deepEqual(await idsOf(driver), []);
      await rejectsWith(linesOf(driver.read("s")), "SESSION_NOT_FOUND");
    },
  },
  {
    name: "carries out appends in their order, also when none waits for the one before",
    run: async ({ driver }) => {
      const writer = await openNow(driver, "s");
      const appended = await Promise.all(
        Array.from({ length: 50 }, (_, n) => writer.append([title(`${n}`)])),
      );
      assert.deepEqual(await linesOf(driver.read("s")), appended.flat());
      assert.deepEqual(await driver.get("s"), writer.info);
      await writer.log.close();
    },
  },
  {
    name: "has what was appended when the session is opened again",
    run: async ({ driver }) => {
      const first = await openNow(driver, "s");
      const lines = [...(await first.append([title("one"), title("two")]))];
      await first.log.close();
      const second = await openNow(driver, "s");
      assert.deepEqual(second.log.info, first.info);
      assert.deepEqual(second.log.repairs, []);
      lines.push(...(await second.append([title("three")])));
      await second.log.close();
      assert.deepEqual(await linesOf(driver.read("s")), lines);
      assert.deepEqual(await driver.get("s"), second.info);
    },
  },
  {
    name: "reads an open session backward, as far as its reader goes, with what was just appended",
    run: async ({ driver }) => {
      await write(driver, "s", { entries: [title("one"), title("two")] });
      const writer = await openNow(driver, "s");
      const added = await writer.append([title("three")]);
      for await (const { text } of writer.log.readBackward()) {
        assert.equal(text, added[0]);
        break;
      }
      const forward = await linesOf(driver.read("s"));
      assert.equal(forward.length, 4);
      assert.deepEqual(await linesOf(writer.log.readBackward()), forward.toReversed());
      await writer.log.close();
    },
  },
  {
    name: "tells where each line stands, from 0 on",
    run: async ({ driver }) => {
      await write(driver, "s", { entries: [title("ä€😀"), title("two")] });
      const forward: number[] = [];
      for await (const { offset } of driver.read("s")) forward.push(offset);
      assert.equal(forward[0], 0);
      assert.deepEqual(
        forward,
        [...new Set(forward)].toSorted((a, b) => a - b),
      );
      const { log } = await openNow(driver, "s");
      const backward: number[] = [];
      for await (const { offset } of log.readBackward()) backward.push(offset);
      assert.deepEqual(backward.toReversed(), forward);
      await log.close();
    },
  },
  {
    name: "gives back lines of any length and any characters",
    run: async ({ driver }) => {
      const texts = [
        "",
        '\u0000\n\r\t"\\',
        "\u2028\u2029\u0085",
        "ä€😀\ud800",
        "x".repeat(1_500_000),
        "€".repeat(99_999),
      ];
      const lines = await write(driver, "s", { entries: texts.map(title) });
      assert.deepEqual(await linesOf(driver.read("s")), lines);
      const { log } = await openNow(driver, "s");
      assert.deepEqual(await linesOf(log.readBackward()), lines.toReversed());
      await log.close();
    },
  },
  {
    name: "has nothing to read of a session that is not there",
    run: async ({ driver }) => {
      await write(driver, "other");
      await rejectsWith(linesOf(driver.read("s")), "SESSION_NOT_FOUND");
      assert.equal(await driver.get("s"), undefined);
    },
  },
  {
    name: "keeps sessions apart whose ids differ only in case, or in what follows a dot",
    run: async ({ driver }) => {
      const ids = ["s", "S", "s.jsonl", "s.lock", "s-1", "s_1"];
      for (const id of ids) await write(driver, id);
      for (const id of ids) assert.equal((await driver.get(id))?.title, id);
      assert.deepEqual((await idsOf(driver)).toSorted(), ids.toSorted());
    },
  },
  {
    name: "lets open sessions go on when it is closed",
    run: async ({ driver }) => {
      const writer = await openNow(driver, "s");
      const lines = [...(await writer.append([title("one")]))];
      await driver.close();
      lines.push(...(await writer.append([title("two")])));
      assert.deepEqual(await linesOf(writer.log.readBackward()), lines.toReversed());
      await writer.log.close();
    },
  },
];
