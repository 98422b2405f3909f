import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openGroupV2 } from "../src/cgroup/group-v2.ts";
import type { Cgroup, CgroupDriver, CgroupLimits } from "../src/cgroup/index.ts";
import { availableDriver, createGroups, ended, firstLine, isAlive, startIn } from "./cgroup-processes.ts";

/** All groups of a version, for the file systems' own view of what a group holds. */
function members(group: Cgroup): string {
  return group.directories.map((directory) => readFileSync(join(directory, "cgroup.procs"), "utf8")).join("");
}

const alloc = (mb: number) =>
  `exec "${process.execPath}" -e 'Buffer.alloc(${mb} << 20, 1); console.log("held")'`;
const burn = `exec "${process.execPath}" -e 'while (process.cpuUsage().user < 150_000);'`;
/** Each process forks its successor and ends: whoever reads the list of pids is always late. */
const hoppers =
  "hop() { hop & exit; }; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do hop & done; echo hopping; wait";

/** utime and stime of proc_pid_stat(5). */
function processorTicks(pid: number | undefined): string {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return fields.slice(11, 13).join(" ");
}

/** Uses processor time; meanwhile a process that can run does. */
function spinFor(ms: number): void {
  const start = process.cpuUsage();
  while (process.cpuUsage(start).user < ms * 1000);
}

for (const version of ["v1", "v2"] as const) {
  const driver = availableDriver(version);
  if (typeof driver === "string") {
    test.skip(`the cgroup ${version} driver (skipped: ${driver})`);
    continue;
  }
  describe(`the cgroup ${version} driver`, () => {
    const groups = createGroups(driver);
    afterAll(() => groups.removeAll());
    describeGroups(groups.make);
    describeNames(driver);
    describeLimits(driver, groups.make);
  });
}

const v2 = availableDriver("v2");
const older = "the cgroup v2 driver on a kernel without cgroup.kill";
if (typeof v2 === "string") test.skip(`${older} (skipped: ${v2})`);
else
  describe(older, () => {
    const groups = createGroups(v2, "older");
    afterAll(() => groups.removeAll());
    describeGroups((limits) => {
      const [directory = ""] = groups.make(limits).directories;
      return openGroupV2(directory, { killAtOnce: false });
    });
  });

function describeGroups(make: (limits: CgroupLimits) => Cgroup): void {
  test("a process that joins is in the group, and nobody else is", async () => {
    const group = make({});
    expect(members(group)).toBe("");
    const child = startIn(group.join, "echo in; exec sleep 1000");
    expect(await firstLine(child)).toBe("in");
    expect(new Set(members(group).trim().split("\n"))).toEqual(new Set([String(child.pid)]));
    await group.kill();
    expect(members(group)).toBe("");
  });

  test("kill ends processes that fork faster than they can be listed", async () => {
    const group = make({});
    await firstLine(startIn(group.join, hoppers));
    await expect.poll(() => members(group)).not.toBe("");
    await group.kill();
    expect(members(group)).toBe("");
    await group.remove();
    expect(group.directories.filter(existsSync)).toEqual([]);
  });

  test("kill ends processes that ignore every signal they can, and stopped ones", async () => {
    const group = make({});
    const stubborn = startIn(group.join, "trap '' TERM INT HUP; echo ready; while :; do sleep 1000; done");
    await firstLine(stubborn);
    const stopped = startIn(group.join, "echo ready; kill -STOP $$; exec sleep 1000");
    await firstLine(stopped);
    const exits = Promise.all([ended(stubborn), ended(stopped)]);
    await group.kill();
    expect((await exits).map(({ signal }) => signal)).toEqual(["SIGKILL", "SIGKILL"]);
  });

  test("a frozen group uses no processor time and hears no signal until it is thawed", async () => {
    const group = make({});
    const child = startIn(group.join, "trap 'exit 7' TERM; echo ready; while :; do :; done");
    await firstLine(child);
    const exit = ended(child);
    await group.freeze();
    child.kill("SIGTERM");
    const before = processorTicks(child.pid);
    spinFor(50);
    expect(processorTicks(child.pid)).toBe(before);
    expect(isAlive(child.pid)).toBe(true);
    group.thaw();
    expect(await exit).toMatchObject({ code: 7 });
  });

  test("a frozen group can be killed", async () => {
    const group = make({});
    const child = startIn(group.join, "echo ready; exec sleep 1000");
    await firstLine(child);
    const exit = ended(child);
    await group.freeze();
    await group.kill();
    expect((await exit).signal).toBe("SIGKILL");
  });

  test("an inhabited group is not removed: a typed error within its time bound; an empty one is, even twice", async () => {
    const group = make({});
    const child = startIn(group.join, "echo ready; exec sleep 1000");
    await firstLine(child);
    await expect(group.remove()).rejects.toMatchObject({ name: "CgroupBusyError", code: "CGROUP_BUSY" });
    expect(isAlive(child.pid)).toBe(true);
    await group.kill();
    await group.remove();
    await group.remove();
    await group.kill();
    expect(group.directories.filter(existsSync)).toEqual([]);
  });
}

function describeNames(driver: CgroupDriver): void {
  test("bad names and names in use are typed errors that leave nothing behind", async () => {
    const refused = expect.objectContaining({ code: "CGROUP_OPTION" });
    for (const name of ["", "a/b", "..", "a b", "x".repeat(65), "a\n"]) {
      expect(() => driver.create(name, {}), name).toThrow(refused);
    }
    const first = driver.create("twice", {});
    expect(() => driver.create("twice", {})).toThrow(refused);
    await first.remove();
  });
}

function describeLimits(driver: CgroupDriver, make: (limits: CgroupLimits) => Cgroup): void {
  const lacks = (controller: string) => !new RegExp(`\\b${controller}\\b`).test(driver.description);
  const why = (controller: string) => (lacks(controller) ? ` (skipped: no ${controller} controller)` : "");

  test("limits out of range and unknown ones are refused before anything is made", () => {
    for (const limits of [
      { pids: 0 },
      { pids: 1.5 },
      { memoryMb: 0 },
      { memoryMb: NaN },
      { cpus: -1 },
      { cpus: Infinity },
      { disk: 1 },
    ]) {
      expect(() => driver.create("never", limits), JSON.stringify(limits)).toThrow(
        expect.objectContaining({ code: "CGROUP_OPTION" }),
      );
    }
    for (const base of driver.bases) expect(existsSync(join(base, "never"))).toBe(false);
  });

  test.skipIf(lacks("pids"))(`a fork bomb meets the pids limit${why("pids")}`, async () => {
    const forks = "i=0; while [ $i -lt 60 ]; do sleep 1000 & i=$((i+1)); done; echo all; exec sleep 1000";
    const roomy = make({ pids: 100 });
    expect(await firstLine(startIn(roomy.join, forks))).toBe("all");
    expect(roomy.stats().pids).toBe(61);
    const tight = make({ pids: 20 });
    const { stdout } = await ended(startIn(tight.join, forks.replaceAll("sleep 1000", "sleep 1000 >&-")));
    expect(stdout).toBe("");
    expect(tight.stats().pids).toBe(19);
    await tight.kill();
    expect(members(tight)).toBe("");
  });

  test.skipIf(lacks("memory"))(`a memory bomb dies inside and is counted${why("memory")}`, async () => {
    const roomy = make({ memoryMb: 512 });
    expect(await ended(startIn(roomy.join, alloc(200)))).toMatchObject({ code: 0, stdout: "held\n" });
    expect(roomy.oomKills()).toBe(0);
    expect(roomy.stats().memoryPeakBytes).toBeGreaterThan(200 * 2 ** 20);
    const tight = make({ memoryMb: 100 });
    const bystander = startIn(tight.join, "echo ready; exec sleep 1000");
    await firstLine(bystander);
    expect(await ended(startIn(tight.join, alloc(200)))).toMatchObject({
      signal: "SIGKILL",
      stdout: "",
    });
    expect(tight.oomKills()).toBe(1);
    expect(tight.stats()).toMatchObject({ oomKills: 1 });
    expect(tight.stats().memoryPeakBytes).toBeLessThanOrEqual(100 * 2 ** 20);
    expect(isAlive(bystander.pid)).toBe(true);
    await tight.kill();
    await tight.remove();
    expect(tight.oomKills()).toBe(1);
  });

  test.skipIf(lacks("cpu"))(`processor time is rationed and counted${why("cpu")}`, async () => {
    const throttled = (group: Cgroup) => {
      const stat = group.directories.map((directory) => join(directory, "cpu.stat")).find(existsSync) ?? "";
      return Number(/^nr_throttled (\d+)$/m.exec(readFileSync(stat, "utf8"))?.[1]);
    };
    const roomy = make({ cpus: 16 });
    await ended(startIn(roomy.join, burn));
    expect(throttled(roomy)).toBe(0);
    expect(roomy.stats().cpuUsageMs).toBeGreaterThan(150);
    // So little that it is used up on a machine, too, where others leave it hardly more.
    const tight = make({ cpus: 0.02 });
    startIn(tight.join, "while :; do :; done");
    await expect.poll(() => throttled(tight)).toBeGreaterThan(0);
  });
}
