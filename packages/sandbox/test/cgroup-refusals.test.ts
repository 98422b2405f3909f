import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ownHierarchies } from "../src/cgroup/hierarchies.ts";
import { findCgroupDriver } from "../src/cgroup/index.ts";
import { availableDriver } from "./cgroup-processes.ts";

const root = `/cloison-test-refusals-${process.pid}`;
const { v1 } = ownHierarchies(root);
const driver = availableDriver("v1");
const [freezer = "", cpu = ""] = [v1.get("freezer"), v1.get("cpu")];
const why =
  typeof driver === "string" ? ` (skipped: ${driver})` : cpu === "" ? " (skipped: no cpu hierarchy)" : "";

/** A part of the machine that has a freezer and half a processor, and nothing else. */
describe.skipIf(why !== "")(`cgroup limits that cannot be had${why}`, () => {
  beforeAll(() => {
    for (const directory of new Set([freezer, cpu])) mkdirSync(directory);
    writeFileSync(join(cpu, "cpu.cfs_quota_us"), "50000");
  });

  afterAll(() => {
    for (const directory of new Set([freezer, cpu])) rmdirSync(directory);
  });

  const groupsIn = (directory: string) =>
    readdirSync(directory).filter((name) => name.startsWith("cloison."));

  test.each([
    ["memory", { memoryMb: 100 }],
    ["pids", { pids: 10 }],
  ])("a limit without its controller is an error that names it: %s", (controller, limits) => {
    const limited = findCgroupDriver({ version: "v1", root });
    expect(() => limited.create("refused", limits)).toThrow(
      expect.objectContaining({
        code: "CGROUP_UNAVAILABLE",
        message: expect.stringContaining(`"${controller}"`),
      }),
    );
    expect(groupsIn(freezer)).toEqual([]);
  });

  test("a limit that the kernel refuses is an error, and nothing is left of the group; a lower one is not", async () => {
    const limited = findCgroupDriver({ version: "v1", root });
    expect(() => limited.create("refused", { cpus: 2 })).toThrow(
      expect.objectContaining({
        code: "CGROUP_UNAVAILABLE",
        message: expect.stringContaining("ask for less"),
      }),
    );
    expect([...groupsIn(freezer), ...groupsIn(cpu)]).toEqual([]);
    const group = limited.create("granted", { cpus: 0.4 });
    expect(group.directories.every((directory) => existsSync(directory))).toBe(true);
    await group.remove();
  });

  test("where nothing can be had there is no driver, and the error says what to do", () => {
    expect(() => findCgroupDriver({ version: "v1", root: "/no-such-group" })).toThrow(
      expect.objectContaining({
        code: "CGROUP_UNAVAILABLE",
        message: expect.stringMatching(
          /"freezer" may not be written.*systemd-run --user --scope -p Delegate=yes/,
        ),
      }),
    );
  });
});
