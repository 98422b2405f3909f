import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { diskOf } from "../src/cgroup/block-device.ts";
import { assertLimits } from "../src/cgroup/limits.ts";
import { settingsV1, sharesOf } from "../src/cgroup/settings-v1.ts";
import { settingsV2 } from "../src/cgroup/settings-v2.ts";

const disk = { diskOf: () => "8:0" };
const mb = 2 ** 20;
const read = { path: "/", readBps: 1000, readIops: 10 };

describe("what is written for limits on cgroup v2", () => {
  const at = (limits: Parameters<typeof settingsV2>[1], hasSwap = true) =>
    Object.fromEntries(
      settingsV2("/g", limits, { ...disk, hasSwap }).map(({ path, value }) => [path, value]),
    );

  test("nothing for none, and no swap for memory alone", () => {
    expect(at({})).toEqual({});
    expect(at({ memoryMb: 64 })).toEqual({ "/g/memory.max": 64 * mb, "/g/memory.swap.max": 0 });
  });

  test("each limit in its file", () => {
    const limits = {
      memoryMb: 64,
      swapMb: 2,
      oomKill: "sandbox",
      pids: 7,
      cpus: 1.5,
      cpuWeight: 20,
    } as const;
    expect(at({ ...limits, io: [{ ...read, writeBps: 5, writeIops: 6 }] })).toEqual({
      "/g/memory.max": 64 * mb,
      "/g/memory.swap.max": 2 * mb,
      "/g/memory.oom.group": 1,
      "/g/pids.max": 7,
      "/g/cpu.max": "150000 100000",
      "/g/cpu.weight": 20,
      "/g/io.max": "8:0 rbps=1000 wbps=5 riops=10 wiops=6",
    });
  });

  test("one process is killed unless all are asked for, and a kernel without swap is not asked to limit it", () => {
    expect(at({ memoryMb: 64, oomKill: "process" }, false)).toEqual({ "/g/memory.max": 64 * mb });
  });
});

describe("what is written for limits on cgroup v1", () => {
  const directories = { freezer: "/f", memory: "/m", pids: "/p", cpu: "/c", blkio: "/b" };
  const ground = { ...disk, countsSwap: true, countsSockets: true };
  const at = (limits: Parameters<typeof settingsV1>[1], has = {}) =>
    Object.fromEntries(
      settingsV1(directories, limits, { ...ground, ...has }).map(({ path, value }) => [path, value]),
    );

  test("each limit in its file, memory with swap beyond it and sockets beside it", () => {
    expect(at({ memoryMb: 64, swapMb: 2, pids: 7, cpus: 1.5, cpuWeight: 20, io: [read] })).toEqual({
      "/m/memory.limit_in_bytes": 64 * mb,
      "/m/memory.memsw.limit_in_bytes": 66 * mb,
      "/m/memory.kmem.tcp.limit_in_bytes": 8 * mb,
      "/p/pids.max": 7,
      "/c/cpu.cfs_period_us": 100_000,
      "/c/cpu.cfs_quota_us": 150_000,
      "/c/cpu.shares": 205,
      "/b/blkio.throttle.read_bps_device": "8:0 1000",
      "/b/blkio.throttle.read_iops_device": "8:0 10",
    });
  });

  test("memory is kept out of swap where swap is not counted", () => {
    expect(at({ memoryMb: 1 }, { countsSwap: false, countsSockets: false })).toEqual({
      "/m/memory.limit_in_bytes": mb,
      "/m/memory.swappiness": 0,
    });
  });

  test("a weight keeps its proportion to the default", () => {
    expect([1, 50, 100, 200, 10_000].map(sharesOf)).toEqual([10, 512, 1024, 2048, 102_400]);
  });
});

describe("limits that cannot be meant", () => {
  const bad: readonly Parameters<typeof assertLimits>[0][] = [
    { swapMb: 1 },
    { oomKill: "sandbox" },
    { memoryMb: 64, swapMb: -1 },
    { memoryMb: 64, swapMb: Infinity },
    { cpuWeight: 0 },
    { cpuWeight: 10_001 },
    { cpuWeight: 1.5 },
    { io: [{ path: "/" }] },
    { io: [{ path: "/", readBps: 1 }] },
    { io: [{ path: "/", writeIops: 1.5 }] },
  ];

  test.each(bad)("are refused: %j", (limits) => {
    expect(() => assertLimits(limits)).toThrow(expect.objectContaining({ code: "CGROUP_OPTION" }));
  });
});

describe("the disk under a path", () => {
  const made = mkdtempSync(join(tmpdir(), "cloison-disk-"));
  afterAll(() => rmSync(made, { recursive: true, force: true }));
  const sda = join(made, "devices/sda");
  const links = join(made, "block");
  mkdirSync(join(sda, "sda1"), { recursive: true });
  mkdirSync(links);
  writeFileSync(join(sda, "dev"), "8:0\n");
  writeFileSync(join(sda, "sda1/partition"), "1\n");

  // Another reader of the same number.
  const here = spawnSync("stat", ["-c", "%Hd:%Ld", import.meta.dirname], { encoding: "utf8" }).stdout.trim();

  test("of a partition is its whole disk, else it is the device itself", () => {
    symlinkSync(join(sda, "sda1"), join(links, here));
    const files = { sysDevBlock: links, mountinfo: "" };
    expect(diskOf(import.meta.dirname, files)).toBe("8:0");
    rmSync(join(sda, "sda1/partition"));
    expect(diskOf(import.meta.dirname, files)).toBe(here);
  });

  test("is an error that says so where there is none, and where there is no path", () => {
    expect(() => diskOf("/proc")).toThrow(
      expect.objectContaining({
        code: "CGROUP_UNAVAILABLE",
        message: expect.stringMatching(/no block device/),
      }),
    );
    expect(() => diskOf("/does/not/exist")).toThrow(expect.objectContaining({ code: "CGROUP_OPTION" }));
  });
});
