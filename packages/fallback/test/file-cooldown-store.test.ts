import { existsSync, lstatSync, rmSync, symlinkSync } from "node:fs";
import { lutimes, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CooldownStoreError, FallbackOptionsError, fileCooldownStore } from "../src/index.ts";
import { cooldown, describeStore } from "./support/store-conformance.ts";

let directory = "";
let count = 0;
const newPath = () => join(directory, `cooldowns-${++count}.json`);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cloison-cooldowns-"));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

describeStore("a file", () => fileCooldownStore({ path: newPath() }));

describe("a file of cooldowns", () => {
  it("is seen by all who name it, whoever changed it", async () => {
    const path = newPath();
    const [one, other] = [fileCooldownStore({ path }), fileCooldownStore({ path })];
    for (let failures = 1; failures <= 9; failures += 1) {
      await one.update("id", () => cooldown({ failures }));
      expect(await other.get("id")).toEqual(cooldown({ failures }));
    }
  });

  it("that is young is read again, even if it looks the same", async () => {
    const path = newPath();
    const time = new Date();
    const write = async (failures: number) => {
      await writeFile(path, JSON.stringify({ format: 1, cooldowns: { id: cooldown({ failures }) } }));
      await utimes(path, time, time);
    };
    const store = fileCooldownStore({ path });
    await write(1);
    expect((await store.get("id"))?.failures).toBe(1);
    await write(2);
    expect((await store.get("id"))?.failures).toBe(2);
  });

  it("is made by the first change, for its owner alone, and nothing else is left", async () => {
    const path = newPath();
    const store = fileCooldownStore({ path });
    await store.get("id");
    expect(await store.update("id", () => undefined)).toBeUndefined();
    expect(existsSync(path)).toBe(false);
    await store.update("id", () => cooldown());
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await readdir(directory)).filter((name) => !name.endsWith(".json"))).toEqual([]);
  });

  it.each([
    ["is empty", ""],
    ["is no JSON", '{"format":1,"cooldowns":{'],
    ["is of another format", '{"format":2,"cooldowns":{}}'],
    ["holds what is no cooldown", '{"format":1,"cooldowns":{"id":{"reason":"boredom"}}}'],
    [
      "holds what is no number",
      JSON.stringify({ format: 1, cooldowns: { id: { ...cooldown(), until: "1" } } }),
    ],
  ])("that %s is an error, and is left as it is", async (_, text) => {
    const path = newPath();
    await writeFile(path, text);
    const store = fileCooldownStore({ path });
    await expect(store.get("id")).rejects.toThrow(CooldownStoreError);
    const update = async () => store.update("other", () => cooldown());
    await expect(update()).rejects.toMatchObject({ code: "FALLBACK_STORE", path });
    expect(await readFile(path, "utf8")).toBe(text);
    await rm(path);
    expect(await update()).toEqual(cooldown());
  });

  it("in a directory that is not there is an error that says so", async () => {
    const store = fileCooldownStore({ path: join(directory, "nowhere", "cooldowns.json") });
    expect(await store.get("id")).toBeUndefined();
    await expect(store.update("id", () => cooldown())).rejects.toThrow(/make its directory first/);
  });

  it("goes on when a clock that was wrong has left a failure of the future in it", async () => {
    const store = fileCooldownStore({ path: newPath() });
    const future = Date.UTC(2099, 0, 1);
    await store.update("future", () => cooldown({ failedAt: future, until: future + 60_000 }));
    const now = Date.UTC(2026, 0, 1);
    const fresh = cooldown({ failedAt: now, until: now + 60_000 });
    for (const id of ["one", "other"]) await store.update(id, () => fresh);
    expect(await Promise.all([store.get("one"), store.get("other")])).toEqual([fresh, fresh]);
  });

  it("drops what ended a day before the failure that it notes", async () => {
    const store = fileCooldownStore({ path: newPath() });
    const day = 86_400_000;
    await store.update("old", () => cooldown({ until: 1000, failedAt: 1 }));
    await store.update("new", () => cooldown({ failedAt: day + 1000 }));
    expect(await store.get("old")).toBeDefined();
    await store.update("new", () => cooldown({ failedAt: day + 1001 }));
    expect(await store.get("old")).toBeUndefined();
  });

  it("is not written by one whose lock was taken over meanwhile", async () => {
    const path = newPath();
    const store = fileCooldownStore({ path });
    const update = store.update("id", () => {
      rmSync(`${path}.lock`);
      symlinkSync("1.99.another-machine/0123456789ab", `${path}.lock`);
      return cooldown();
    });
    await expect(update).rejects.toThrow(/was taken over/);
    expect(existsSync(path)).toBe(false);
    expect(lstatSync(`${path}.lock`).isSymbolicLink()).toBe(true);
    await rm(`${path}.lock`);
  });

  it("keeps 2,000 entries at most", async () => {
    const path = newPath();
    const day = 86_400_000;
    const many = Array.from({ length: 2100 }, (_, at) => [
      `id ${at}`,
      cooldown({ until: day, failedAt: at }),
    ]);
    const old = ["old", cooldown({ until: 1, failedAt: 1 })];
    await writeFile(path, JSON.stringify({ format: 1, cooldowns: Object.fromEntries([old, ...many]) }));
    const store = fileCooldownStore({ path });
    await store.update("new", () => cooldown({ failedAt: day + 2, until: 2 * day }));
    expect(Object.keys(JSON.parse(await readFile(path, "utf8")).cooldowns)).toHaveLength(2000);
    expect(await store.get("old")).toBeUndefined();
    expect(await store.get("id 100")).toBeUndefined();
    expect(await store.get("id 101")).toBeDefined();
    expect(await store.get("new")).toBeDefined();
  });

  it("takes over a lock that nobody has touched for long, and a half-written new file", async () => {
    const path = newPath();
    await writeFile(`${path}.new`, '{"format":1,');
    await symlink("1.99.another-machine/0123456789ab", `${path}.lock`);
    const longAgo = new Date(Date.now() - 11_000);
    await lutimes(`${path}.lock`, longAgo, longAgo);
    expect(await fileCooldownStore({ path }).update("id", () => cooldown())).toEqual(cooldown());
    expect(JSON.parse(await readFile(path, "utf8")).cooldowns).toEqual({ id: cooldown() });
  });

  it("waits for a lock that somebody elsewhere holds", async () => {
    const path = newPath();
    await symlink("1.99.another-machine/0123456789ab", `${path}.lock`);
    const update = fileCooldownStore({ path }).update("id", () => cooldown());
    await new Promise((resolve) => setImmediate(resolve));
    expect(existsSync(path)).toBe(false);
    await rm(`${path}.lock`);
    expect(await update).toEqual(cooldown());
  });

  it("needs a path, and knows no other option", () => {
    expect(() => fileCooldownStore({ path: "" })).toThrow(FallbackOptionsError);
    expect(() => fileCooldownStore({ path: "a", ttl: 1 } as { path: string })).toThrow(
      /unknown option "ttl"/,
    );
  });
});
