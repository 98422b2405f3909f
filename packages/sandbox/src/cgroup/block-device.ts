import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { mountOf, parseMountinfo } from "../mountinfo.ts";
import { CgroupOptionError, CgroupUnavailableError } from "./errors.ts";

/** Where the kernel's files are found; tests give their own. */
export interface DeviceFiles {
  /** Directory of links `MAJOR:MINOR` to devices (sysfs-rules.rst). */
  readonly sysDevBlock: string;
  /** /proc/PID/mountinfo */
  readonly mountinfo: string;
}

function kernelFiles(): DeviceFiles {
  return { sysDevBlock: "/sys/dev/block", mountinfo: readFileSync("/proc/self/mountinfo", "utf8") };
}

const numbersOf = (device: number) => `${majorOf(device)}:${minorOf(device)}`;

/** gnu_dev_major and gnu_dev_minor of glibc's sys/sysmacros.h; Node gives the number as the C library does. */
function majorOf(device: number): number {
  return Number(((BigInt(device) >> 8n) & 0xfffn) | ((BigInt(device) >> 32n) & ~0xfffn));
}

function minorOf(device: number): number {
  return Number((BigInt(device) & 0xffn) | ((BigInt(device) >> 12n) & ~0xffn & 0xffffffffn));
}

/**
 * The disk under a path as `MAJOR:MINOR`. A partition's disk is meant: the kernel limits whole disks alone
 * (blkcg_conf_open_bdev refuses partitions).
 *
 * @throws CgroupOptionError when the path does not exist
 * @throws CgroupUnavailableError when no block device holds its file system
 */
export function diskOf(path: string, files: DeviceFiles = kernelFiles()): string {
  let real: string;
  let device: number;
  try {
    real = realpathSync(path);
    device = statSync(real).dev;
  } catch (cause) {
    throw new CgroupOptionError(`limit "io" names "${path}", which cannot be found; correct the path`, {
      cause,
    });
  }
  // Some file systems on a disk (btrfs) have a device number of their own, with a major of 0.
  const numbers = majorOf(device) === 0 ? mountedDevice(real, files) : numbersOf(device);
  const found = numbers === undefined ? undefined : wholeDisk(numbers, files.sysDevBlock);
  if (found !== undefined) return found;
  throw new CgroupUnavailableError(
    `limit "io" names "${path}", whose file system lies on no block device of this machine: name a path on a disk`,
  );
}

function mountedDevice(path: string, { mountinfo }: DeviceFiles): string | undefined {
  const from = mountOf(path, parseMountinfo(mountinfo))?.source;
  const source = from?.startsWith("/dev/") ? statSync(from, { throwIfNoEntry: false }) : undefined;
  return source?.isBlockDevice() ? numbersOf(source.rdev) : undefined;
}

function wholeDisk(numbers: string, sysDevBlock: string): string | undefined {
  const link = join(sysDevBlock, numbers);
  if (!existsSync(link)) return undefined;
  const directory = realpathSync(link);
  if (!existsSync(join(directory, "partition"))) return numbers;
  return readFileSync(join(dirname(directory), "dev"), "utf8").trim();
}
