import {
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { SessionDriver, StoredLine } from "../src/driver.ts";
import type { SessionEntry, SessionHeader } from "../src/entries.ts";
import { filesDriver } from "../src/files/files-driver.ts";
import { infoFold, infoOfHeader, type SessionInfo } from "../src/info.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";

const timestamp = "2026-01-01T00:00:00.000Z";
const header = (id: string): SessionHeader => ({ type: "session", version: 3, id, timestamp, cwd: "/" });
const atOnce = { busyTimeoutMs: 0 };

function entry(id: string, parentId: string | null): SessionEntry {
  return { type: "session_info", id, parentId, timestamp, name: `title ${id}` };
}

/** Begins a session with entries of these ids. */
async function write(driver: SessionDriver, id: string, ids: readonly string[]): Promise<SessionInfo> {
  const log = await driver.open(id, atOnce);
  let info = infoOfHeader(header(id));
  const lines = [JSON.stringify(header(id))];
  for (const [index, own] of ids.entries()) {
    const added = entry(own, ids[index - 1] ?? null);
    lines.push(JSON.stringify(added));
    const fold = infoFold(info);
    fold.add(added);
    info = fold.info;
  }
  await log.append(lines, info);
  await log.close();
  return info;
}

async function all(lines: AsyncIterable<StoredLine>): Promise<StoredLine[]> {
  const found: StoredLine[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

test("writes wait for the disk, and never go over what is there", async () => {
  const driver = filesDriver({ dir: temporaryDirectory() });
  const log = await driver.open("s", atOnce);
  await log.append([JSON.stringify(header("s"))], infoOfHeader(header("s")));
  const numbers = readdirSync("/proc/self/fd").filter((number) => linkOf(number).endsWith("/s.jsonl"));
  const flags = numbers.map(
    (number) => /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${number}`, "utf8"))?.[1],
  );
  await log.close();
  expect(flags).toHaveLength(1);
  const needed = constants.O_APPEND | constants.O_DSYNC;
  expect(Number.parseInt(flags[0] ?? "", 8) & needed).toBe(needed);
});

function linkOf(number: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${number}`);
  } catch {
    return ""; // closed meanwhile
  }
}

test("files and directories are for their owner alone", async () => {
  const dir = join(temporaryDirectory(), "made", "deep");
  const driver = filesDriver({ dir });
  await write(driver, "s", ["a"]);
  truncateSync(join(dir, "s.jsonl"), 20);
  await (await driver.open("s", atOnce)).close();
  const [kept = ""] = readdirSync(join(dir, ".aside"));
  const modes = ["../..", "..", ".", ".aside"].map((path) => statSync(join(dir, path)).mode & 0o077);
  expect(modes).toEqual([0, 0, 0, 0]);
  for (const path of ["s.jsonl", join(".aside", kept)])
    expect(statSync(join(dir, path)).mode & 0o177).toBe(0);
});

test("all lines of a session are read first to last, without a torn one", async () => {
  const dir = temporaryDirectory();
  const driver = filesDriver({ dir });
  await write(driver, "s", ["a", "b"]);
  const text = readFileSync(join(dir, "s.jsonl"), "utf8");
  writeFileSync(join(dir, "s.jsonl"), `${text}{"type":`);
  const lines = await all(driver.read("s"));
  expect(lines.map((line) => `${line.text}\n`).join("")).toBe(text);
  for (const line of lines) expect(text.slice(line.offset)).toMatch(line.text);
  await expect(all(driver.read("gone"))).rejects.toMatchObject({ code: "SESSION_NOT_FOUND" });
});

test("what is known of a session is the same after it was read anew", async () => {
  const dir = temporaryDirectory();
  const info = await write(filesDriver({ dir }), "s", ["a", "b", "c"]);
  expect(await filesDriver({ dir }).get("s")).toEqual(info);
  const log = await filesDriver({ dir }).open("s", atOnce);
  expect(log.info).toEqual(info);
  await log.close();
});

test("of appends that are made at once each stands where it came", async () => {
  const dir = temporaryDirectory();
  const driver = filesDriver({ dir });
  const info = await write(driver, "s", ["a"]);
  const log = await driver.open("s", atOnce);
  const ids = Array.from({ length: 200 }, (_, index) => `n${index}`);
  await Promise.all(ids.map((id) => log.append([JSON.stringify(entry(id, null))], info)));
  const found = await all(log.readBackward());
  expect(found.map(({ text }) => JSON.parse(text).id)).toEqual([...ids.toReversed(), "a", "s"]);
  await log.close();
});

test("what was appended and not waited for is stored when the session is closed", async () => {
  const dir = temporaryDirectory();
  const driver = filesDriver({ dir });
  const info = await write(driver, "s", ["a"]);
  const log = await driver.open("s", atOnce);
  const appended = Promise.all(["b", "c"].map((id) => log.append([JSON.stringify(entry(id, null))], info)));
  await Promise.all([log.close(), log.close()]);
  expect(readFileSync(join(dir, "s.jsonl"), "utf8").split("\n")).toHaveLength(5);
  expect(await driver.isOpen("s")).toBe(false);
  await appended;
});

test("a session is deleted with what was kept aside of it, and no other's", async () => {
  const dir = temporaryDirectory();
  const driver = filesDriver({ dir });
  for (const id of ["s", "s.jsonl.torn-1", "t"]) {
    await write(driver, id, ["a"]);
    writeFileSync(join(dir, `${id}.jsonl`), `${readFileSync(join(dir, `${id}.jsonl`), "utf8")}bad\n{"torn`);
    const log = await driver.open(id, atOnce);
    await all(log.readBackward());
    expect(log.repairs.map(({ kind }) => kind)).toEqual(["torn", "corrupt"]);
    await expect(driver.delete(id)).rejects.toMatchObject({ code: "SESSION_BUSY" });
    await log.close();
  }
  expect(readdirSync(join(dir, ".aside"))).toHaveLength(6);
  await driver.delete("s");
  expect(existsSync(join(dir, "s.jsonl"))).toBe(false);
  expect(readdirSync(join(dir, ".aside"))).toHaveLength(4);
  await expect(driver.delete("s")).rejects.toMatchObject({ code: "SESSION_NOT_FOUND" });
  expect(readdirSync(dir).filter((name) => name.includes(".lock"))).toEqual([]);
});

test("a directory that must be there and is not is a typed error, and is not made", async () => {
  const dir = join(temporaryDirectory(), "gone");
  const driver = filesDriver({ dir, mustExist: true });
  const refusal = { code: "SESSION_STORE", cause: { code: "ENOENT" } };
  await expect(driver.open("s", atOnce)).rejects.toMatchObject(refusal);
  await expect(driver.delete("s")).rejects.toMatchObject(refusal);
  expect(await driver.get("s")).toBeUndefined();
  expect(existsSync(dir)).toBe(false);
});

test.each([
  ["mustexist", { dir: "d", mustexist: true }],
  ["mustExist", { dir: "d", mustExist: "yes" }],
  ["dir", { dir: "" }],
  ["dir", {}],
])("a wrong or unknown option %s is a typed error", (option, options) => {
  const make = (): unknown => Reflect.apply(filesDriver, undefined, [options]);
  expect(make).toThrow(expect.objectContaining({ code: "SESSION_OPTIONS", option }));
});

test("an append of very many lines is one as good as any", async () => {
  const dir = temporaryDirectory();
  const driver = filesDriver({ dir });
  const info = await write(driver, "s", ["a"]);
  const log = await driver.open("s", atOnce);
  const line = JSON.stringify(entry("b", "a"));
  await log.append(
    Array.from({ length: 300_000 }, () => line),
    info,
  );
  await log.close();
  expect(statSync(join(dir, "s.jsonl")).size).toBeGreaterThan(300_000 * line.length);
});
