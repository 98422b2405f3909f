import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, lstatSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fileCooldownStore } from "../src/index.ts";
import { cooldown } from "./support/store-conformance.ts";

const PROGRAM = fileURLToPath(new URL("support/cooldown-process.ts", import.meta.url));

let directory = "";

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cloison-cooldowns-"));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

function start(path: string, what: string): ChildProcess {
  return spawn(process.execPath, [PROGRAM, path, what], { stdio: ["ignore", "pipe", "inherit"] });
}

describe("a file of cooldowns that several processes change", () => {
  it("loses no change", async () => {
    const path = join(directory, "shared.json");
    const processes = Array.from({ length: 3 }, () => start(path, "25"));
    const codes = await Promise.all(processes.map(async (child) => (await once(child, "exit"))[0]));
    expect(codes).toEqual([0, 0, 0]);
    expect((await fileCooldownStore({ path }).get("id"))?.failures).toBe(75);
  });

  it("is free at once when the one who holds the lock is killed", async () => {
    const path = join(directory, "locked.json");
    const child = start(path, "die");
    const [, signal] = await once(child, "exit");
    expect(signal).toBe("SIGKILL");
    expect(lstatSync(`${path}.lock`).isSymbolicLink()).toBe(true);
    expect(await fileCooldownStore({ path }).update("id", () => cooldown())).toEqual(cooldown());
    expect(existsSync(path)).toBe(true);
  });

  it("holds all that was acknowledged, whenever the process is killed", async () => {
    const path = join(directory, "killed.json");
    const store = fileCooldownStore({ path });
    let acknowledged = 0;
    for (const changes of [1, 2, 3, 5, 8, 13]) {
      const child = start(path, "for-ever");
      const { stdout } = child;
      if (stdout === null) throw new TypeError("the child has no standard output");
      let seen = 0;
      for await (const line of createInterface({ input: stdout })) {
        acknowledged = Number(line);
        seen += 1;
        // Not awaited: it comes wherever the next change has got to by then.
        if (seen === changes) child.kill("SIGKILL");
      }
      const found = (await store.get("id"))?.failures ?? 0;
      // The change that was under way may have been made or not.
      expect([acknowledged, acknowledged + 1]).toContain(found);
      await store.update("id", (before) => before && { ...before, failures: found });
    }
    expect(acknowledged).toBeGreaterThan(30);
  });
});
