import assert from "node:assert/strict";
import {
  type DriverCheck,
  idsOf,
  linesOf,
  openNow,
  rejectsWith,
  title,
  write,
  writerOf,
} from "./driver-check.ts";

/** Longer than any check lasts. */
const LONG_MS = 60_000;

/** That a session has one writer at a time, and that deleting respects it. */
export const writerChecks: readonly DriverCheck[] = [
  {
    name: "gives the right to write a session to one at a time",
    run: async ({ driver, another }) => {
      const other = await another();
      const { log } = await openNow(driver, "s");
      for (const one of [driver, other]) {
        await rejectsWith(one.open("s", { busyTimeoutMs: 0 }), "SESSION_BUSY");
        assert.equal(await one.isOpen("s"), true);
      }
      await log.close();
      assert.equal(await other.isOpen("s"), false);
      await (await openNow(other, "s")).log.close();
    },
  },
  {
    name: "lets who waits have the right when it is free",
    run: async ({ driver, another }) => {
      const first = await openNow(driver, "s");
      const waiting = (await another()).open("s", { busyTimeoutMs: LONG_MS });
      waiting.catch(() => undefined);
      const lines = await first.append([title("one")]);
      // Long enough that one who does not wait has given up.
      await rejectsWith(driver.open("s", { busyTimeoutMs: 50 }), "SESSION_BUSY");
      await first.log.close();
      const second = await waiting;
      assert.deepEqual(second.info, first.info);
      assert.deepEqual(await linesOf(second.readBackward()), lines.toReversed());
      await second.close();
    },
  },
  {
    name: "gives the right to each of many that wait, and loses no entry",
    run: async ({ driver, another }) => {
      const other = await another();
      const writeOne = async (n: number): Promise<void> => {
        const log = await (n % 2 === 0 ? driver : other).open("s", { busyTimeoutMs: LONG_MS });
        await writerOf(log, "s").append([title(`${n}`)]);
        await log.close();
      };
      await Promise.all(Array.from({ length: 20 }, (_, n) => writeOne(n)));
      assert.equal((await driver.get("s"))?.entries, 20);
      const ids = (await linesOf(driver.read("s"))).slice(1).map((line) => JSON.parse(line).id);
      assert.deepEqual(
        ids,
        ids.map((_, n) => `s-${n}`),
      );
    },
  },
  {
    name: "is busy for who waited too long, and keeps no right for them",
    run: async ({ driver }) => {
      const { log } = await openNow(driver, "s");
      await rejectsWith(driver.open("s", { busyTimeoutMs: 20 }), "SESSION_BUSY");
      await log.close();
      assert.equal(await driver.isOpen("s"), false);
      await (await openNow(driver, "s")).log.close();
    },
  },
  {
    name: "ends a wait with the signal's reason, and keeps no right for who waited",
    run: async ({ driver }) => {
      const reason = new TypeError("enough");
      const early = driver.open("s", { busyTimeoutMs: LONG_MS, signal: AbortSignal.abort(reason) });
      await assert.rejects(early, (error) => error === reason);
      const { log } = await openNow(driver, "s");
      const controller = new AbortController();
      const waiting = driver.open("s", { busyTimeoutMs: LONG_MS, signal: controller.signal });
      setImmediate(() => controller.abort(reason));
      await assert.rejects(waiting, (error) => error === reason);
      await log.close();
      assert.equal(await driver.isOpen("s"), false);
      await (await openNow(driver, "s")).log.close();
    },
  },
  {
    name: "lets several sessions be open at the same time",
    run: async ({ driver }) => {
      const writers = await Promise.all(["a", "b", "c"].map((id) => openNow(driver, id)));
      await Promise.all(writers.map((writer) => writer.append([title("x")])));
      assert.deepEqual((await idsOf(driver)).toSorted(), ["a", "b", "c"]);
      for (const { log } of writers) await log.close();
    },
  },
  {
    name: "removes a session for good",
    run: async ({ driver, another }) => {
      await write(driver, "s");
      await write(driver, "t");
      assert.deepEqual(await idsOf(driver), ["s", "t"]);
      await driver.delete("s");
      for (const one of [driver, await another()]) {
        assert.equal(await one.get("s"), undefined);
        assert.deepEqual(await idsOf(one), ["t"]);
        await rejectsWith(linesOf(one.read("s")), "SESSION_NOT_FOUND");
      }
      const again = await openNow(driver, "s");
      assert.equal(again.log.info, undefined);
      await again.log.close();
      await rejectsWith(driver.delete("s"), "SESSION_NOT_FOUND");
    },
  },
  {
    name: "does not remove a session that somebody writes",
    run: async ({ driver, another }) => {
      const writer = await openNow(driver, "s");
      const lines = await writer.append([title("one")]);
      for (const one of [driver, await another()]) await rejectsWith(one.delete("s"), "SESSION_BUSY");
      assert.deepEqual(await linesOf(driver.read("s")), lines);
      await writer.log.close();
    },
  },
];
