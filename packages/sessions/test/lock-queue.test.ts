import { readdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { currentOwner, formatOwner } from "../src/files/process-owner.ts";
import { createSessionLocks, type SessionLocks } from "../src/files/session-lock.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

const LONG = { busyTimeoutMs: 60_000 };

/** Has the lock for a moment, and says so. */
async function useOnce(locks: SessionLocks, use: () => void): Promise<void> {
  const lock = await locks.lock("s", LONG);
  use();
  await setImmediate();
  await lock.assertHeld();
  await lock.release();
}

test("those who wait in one process are served in their order, one at a time", async () => {
  const directory = temporaryDirectory();
  const locks = createSessionLocks(directory);
  const served: number[] = [];
  await Promise.all(Array.from({ length: 100 }, (_, number) => useOnce(locks, () => served.push(number))));
  expect(served).toEqual(Array.from({ length: 100 }, (_, number) => number));
  expect(readdirSync(directory)).toEqual([]);
});

// Two that do not share a queue are to each other as processes are.
test("another process gets its turn before all of a long queue", async () => {
  const directory = temporaryDirectory();
  const [locks, other] = [createSessionLocks(directory), createSessionLocks(directory)];
  const served: string[] = [];
  // Each of the queue comes back at once, so the lock is never given back for want of somebody who waits.
  let open = true;
  const again = async (): Promise<void> => {
    while (open) await useOnce(locks, () => served.push("queue"));
  };
  const queue = Promise.all([again(), again(), again()]);
  for (let turn = 0; turn < 5; turn += 1) await useOnce(other, () => served.push("other"));
  open = false;
  await queue;
  expect(served.filter((who) => who === "other")).toHaveLength(5);
  expect(readdirSync(directory)).toEqual([]);
});

test("who is next but does not come keeps nobody else waiting for good", async () => {
  const directory = temporaryDirectory();
  symlinkSync(`${formatOwner(currentOwner())}/stopped`, join(directory, "s.lock.next"));
  const lock = await createSessionLocks(directory).lock("s", LONG);
  await lock.assertHeld();
  await lock.release();
});

test("who was next and died is forgotten", async () => {
  const directory = temporaryDirectory();
  const dead = formatOwner({ ...currentOwner(), pid: 4_194_303, startTicks: "1" });
  symlinkSync(`${dead}/aa`, join(directory, "s.lock.next"));
  const lock = await createSessionLocks(directory).lock("s", { busyTimeoutMs: 0 });
  const waiting = createSessionLocks(directory).lock("s", LONG);
  while (ownerOf(join(directory, "s.lock.next"))?.startsWith(dead) !== false) await setImmediate();
  await lock.release();
  await (await waiting).release();
  expect(readdirSync(directory)).toEqual([]);
});

/** While a dead owner's lock is replaced by another's there is none. */
function ownerOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

test("a signal ends the wait of one, and the others go on", async () => {
  const directory = temporaryDirectory();
  const locks = createSessionLocks(directory);
  const lock = await locks.lock("s", LONG);
  const controller = new AbortController();
  const given = locks.lock("s", { ...LONG, signal: controller.signal });
  const next = locks.lock("s", LONG);
  const reason = new RangeError("enough");
  controller.abort(reason);
  await expect(given).rejects.toBe(reason);
  await expect(locks.lock("s", { ...LONG, signal: controller.signal })).rejects.toBe(reason);
  await lock.release();
  await (await next).release();
  expect(readdirSync(directory)).toEqual([]);
});

test("a wait that is over is a typed error, and the others go on", async () => {
  const directory = temporaryDirectory();
  const locks = createSessionLocks(directory);
  const lock = await locks.lock("s", LONG);
  const next = locks.lock("s", LONG);
  const busy = { code: "SESSION_BUSY", sessionId: "s" };
  await expect(locks.lock("s", { busyTimeoutMs: 30 })).rejects.toMatchObject(busy);
  await expect(locks.lock("s", { busyTimeoutMs: 0 })).rejects.toMatchObject(busy);
  await expect(createSessionLocks(directory).lock("s", { busyTimeoutMs: 0 })).rejects.toMatchObject(busy);
  await lock.release();
  await (await next).release();
  expect(readdirSync(directory)).toEqual([]);
});

test("a lock that was given back is nobody's, also where the next one has it", async () => {
  const locks = createSessionLocks(temporaryDirectory());
  const lock = await locks.lock("s", LONG);
  const waiting = locks.lock("s", LONG);
  await lock.release();
  const next = await waiting;
  await expect(lock.assertHeld()).rejects.toMatchObject({ code: "SESSION_LOCK_LOST" });
  await lock.release();
  await next.assertHeld();
  const third = locks.lock("s", { busyTimeoutMs: 0 });
  await expect(third).rejects.toMatchObject({ code: "SESSION_BUSY" });
  await next.release();
});

test("a lock that was taken from who had it is not passed on, and who waits takes it anew", async () => {
  const directory = temporaryDirectory();
  const locks = createSessionLocks(directory);
  const lost = await locks.lock("s", LONG);
  const waiting = locks.lock("s", LONG);
  rmSync(join(directory, "s.lock"));
  await lost.release();
  const next = await waiting;
  await next.assertHeld();
  await next.release();
});

test("a directory that is missing is made, or is a typed error", async () => {
  const directory = join(temporaryDirectory(), "a", "b");
  const strict = createSessionLocks(directory, { mustExist: true });
  const refusal = { code: "SESSION_STORE", cause: { code: "ENOENT" } };
  await expect(strict.lock("s", LONG)).rejects.toMatchObject(refusal);
  const locks = createSessionLocks(directory);
  await Promise.all(Array.from({ length: 10 }, () => useOnce(locks, () => undefined)));
  await (await strict.lock("s", LONG)).release();
});
