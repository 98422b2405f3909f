import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, rmdirSync } from "node:fs";
import { basename, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { sweepCgroups } from "../src/cgroup/index.ts";
import { ownerPrefix } from "../src/cgroup/owner.ts";
import type { Held } from "./cgroup-host.ts";
import { availableDriver, firstLine, isAlive } from "./cgroup-processes.ts";

const hosts: ChildProcess[] = [];

async function startHost(version: string): Promise<{ host: ChildProcess; held: Held }> {
  const script = join(import.meta.dirname, "cgroup-host.ts");
  const host = spawn(process.execPath, [script, "hold", version], { stdio: ["pipe", "pipe", "inherit"] });
  hosts.push(host);
  return { host, held: JSON.parse(await firstLine(host)) };
}

async function killHost(host: ChildProcess): Promise<void> {
  const exit = once(host, "exit");
  host.kill("SIGKILL");
  await exit;
}

for (const version of ["v1", "v2"] as const) {
  const driver = availableDriver(version);
  if (typeof driver === "string") {
    test.skip(`sweeping cgroups ${version} (skipped: ${driver})`);
    continue;
  }
  describe(`sweeping cgroups ${version}`, () => {
    const [base = ""] = driver.bases;

    afterEach(async () => {
      for (const host of hosts.splice(0))
        if (host.exitCode === null && host.signalCode === null) await killHost(host);
      await sweepCgroups(driver);
    });

    test("what a host left when it was killed is ended and removed, what a living one has is not", async () => {
      const [dead, living] = [await startHost(version), await startHost(version)];
      await killHost(dead.host);
      expect(isAlive(dead.held.pid)).toBe(true);
      const swept = await sweepCgroups(driver);
      expect(swept).toContain(basename(dead.held.directories.at(-1) ?? ""));
      expect(isAlive(dead.held.pid)).toBe(false);
      expect(dead.held.directories.filter(existsSync)).toEqual([]);
      expect(isAlive(living.held.pid)).toBe(true);
      expect(living.held.directories.length).toBeGreaterThan(0);
      expect(living.held.directories.filter((directory) => !existsSync(directory))).toEqual([]);
    });

    test("a group is an orphan by its host's start time, not by a pid that is in use again", async () => {
      const [, namespace] = ownerPrefix().split(".");
      const own = `${ownerPrefix()}living`;
      const names = {
        reused: `cloison.${namespace}.${process.pid}.1.reused`,
        own,
        otherNamespace: "cloison.1.999999999.1.other",
        foreign: "cloison-of-somebody-else",
      };
      for (const name of Object.values(names)) mkdirSync(join(base, name));
      try {
        expect(await sweepCgroups(driver)).toContain(names.reused);
        expect(readdirSync(base)).toEqual(expect.arrayContaining([own, names.otherNamespace, names.foreign]));
        expect(existsSync(join(base, names.reused))).toBe(false);
      } finally {
        for (const name of Object.values(names))
          if (existsSync(join(base, name))) rmdirSync(join(base, name));
      }
    });

    test("two sweeps at once do not disturb each other", async () => {
      const { host, held } = await startHost(version);
      await killHost(host);
      const name = basename(held.directories.at(-1) ?? "");
      expect((await Promise.all([sweepCgroups(driver), sweepCgroups(driver)])).flat()).toContain(name);
      expect(held.directories.filter(existsSync)).toEqual([]);
      expect(await sweepCgroups(driver)).not.toContain(name);
    });
  });
}
