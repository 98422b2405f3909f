import { type ChildProcess, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { diskOf } from "../src/cgroup/block-device.ts";
import type { Cgroup, CgroupLimits } from "../src/cgroup/index.ts";
import type { IoLimit } from "../src/types.ts";
import { availableDriver, createGroups, ended, firstLine, isAlive, startIn } from "./cgroup-processes.ts";

/** Says when it begins to use 300 ms of processor time: what Node has to read first may take a busy disk seconds. */
const burn = `"${process.execPath}" -e 'console.log("ready"); const begin = process.cpuUsage(); while (process.cpuUsage(begin).user < 300_000);'`;
const spin = "echo ready; while :; do :; done";
const hasTaskset = spawnSync("taskset", ["-c", "0", "true"]).status === 0;
/** All on one processor, where they have to share. */
const pinned = (script: string) => (hasTaskset ? `taskset -pc 0 $$ > /dev/null; ${script}` : script);

const files = mkdtempSync(join(tmpdir(), "cloison-shares-"));
afterAll(() => rmSync(files, { recursive: true, force: true }));
const blockBytes = 65_536;
const blocks = 32;

/** Reads a file block by block past the page cache; prints a line after the first. */
function reader(): string {
  const file = join(files, randomUUID());
  writeFileSync(file, Buffer.alloc(blockBytes * blocks, 1), { flush: true });
  const read = `dd if=${file} of=/dev/null iflag=direct bs=${blockBytes}`;
  return `${read} count=1 && echo began && ${read} skip=1`;
}

function whyNoReads(): string {
  try {
    diskOf(files);
    const direct = spawnSync("sh", ["-c", reader()]);
    return direct.status === 0 ? "" : "no dd that reads past the page cache";
  } catch {
    return "the directory for temporary files lies on no disk";
  }
}
const noReads = whyNoReads();

for (const version of ["v1", "v2"] as const) {
  const driver = availableDriver(version);
  if (typeof driver === "string") {
    test.skip(`shares of cgroup ${version} (skipped: ${driver})`);
    continue;
  }
  const lacks = (controller: string, otherwise = "") =>
    new RegExp(`\\b${controller}\\b`).test(driver.description)
      ? otherwise
      : `no ${controller} controller delegated`;
  const title = (text: string, why: string) => (why === "" ? text : `${text} (skipped: ${why})`);
  const noCpu = lacks("cpu");
  const noPids = lacks("pids");
  const noIo = lacks(version === "v1" ? "blkio" : "io", noReads);

  describe(`shares of cgroup ${version}`, () => {
    const groups = createGroups(driver);
    afterAll(() => groups.removeAll());
    const make = (limits: CgroupLimits): Cgroup => groups.make(limits);

    test.skipIf(noCpu !== "")(title("a weight gives its part of a processor", noCpu), async () => {
      const partOf = async (weights: { readonly light: number; readonly heavy: number }) => {
        const light = make({ cpus: 16, cpuWeight: weights.light });
        const heavy = make({ cpus: 16, cpuWeight: weights.heavy });
        const used = () => [light, heavy].map((each) => each.stats().cpuUsageMs ?? NaN);
        await firstLine(startIn(light.join, pinned(spin)));
        const burning = startIn(heavy.join, pinned(burn));
        await firstLine(burning);
        const before = used();
        await ended(burning);
        const [ofLight = NaN, ofHeavy = NaN] = used().map((after, index) => after - (before[index] ?? NaN));
        const part = ofLight / ofHeavy;
        await light.kill();
        return part;
      };
      expect(await partOf({ light: 10, heavy: 1000 })).toBeLessThan(0.3);
      expect(await partOf({ light: 100, heavy: 100 })).toBeGreaterThan(0.4);
    });

    test.skipIf(noCpu !== "")(title("time of waiting for a ration is counted", noCpu), async () => {
      const rationed = make({ cpus: 0.02 });
      startIn(rationed.join, spin);
      await expect.poll(() => rationed.stats().throttledMs).toBeGreaterThan(0);
    });

    test.skipIf(noPids !== "")(title("the most processes there were are kept in mind", noPids), async () => {
      const group = make({ pids: 50 });
      await ended(startIn(group.join, "sleep 0 & sleep 0 & sleep 0 & wait"));
      const { pids, pidsPeak } = group.stats();
      if (pidsPeak === undefined) expect(readFileSync("/proc/version", "utf8")).toMatch(/version [0-5]\./);
      else expect(pidsPeak).toBeGreaterThan(pids ?? NaN);
    });

    test.skipIf(noIo !== "")(title("a rate of reading holds, and counts what was read", noIo), async () => {
      const start = async (limit: Omit<IoLimit, "path">): Promise<[Cgroup, ChildProcess]> => {
        const group = make({ io: [{ path: files, ...limit }] });
        const child = startIn(group.join, reader());
        expect(await firstLine(child)).toBe("began");
        return [group, child];
      };
      for (const limit of [{ readBps: blockBytes }, { readIops: 2 }]) {
        const [slow, slowReader] = await start(limit);
        const [fast, fastReader] = await start({ readBps: 2 ** 40 });
        expect(await ended(fastReader)).toMatchObject({ code: 0 });
        expect(isAlive(slowReader.pid)).toBe(true);
        expect(fast.stats().ioReadBytes).toBeGreaterThanOrEqual(blockBytes * blocks);
        expect(slow.stats().ioReadBytes).toBeLessThan(blockBytes * blocks);
        await slow.kill();
      }
    });

    test("a rate that cannot be kept is refused before anything is made, with what to do", () => {
      const refusal = (io: readonly IoLimit[]) => driver.refusals({ io }).map(({ error }) => error.message);
      expect(refusal([{ path: "/proc", readBps: 2 }])).toContainEqual(
        expect.stringMatching(/name a path on a disk/),
      );
      expect(() => driver.create("never", { io: [{ path: "/proc", readBps: 2 }] })).toThrow(
        expect.objectContaining({ code: "CGROUP_UNAVAILABLE" }),
      );
      if (version === "v1")
        expect(refusal([{ path: files, writeBps: 2 }])).toContainEqual(expect.stringMatching(/cgroup v2/));
    });

    test.skipIf(noIo !== "")(title("a disk is limited once", noIo), () => {
      const io = [
        { path: files, readBps: 2 },
        { path: tmpdir(), readIops: 2 },
      ];
      expect(() => driver.refusals({ io })).toThrow(expect.objectContaining({ code: "CGROUP_OPTION" }));
    });
  });
}
