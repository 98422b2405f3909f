import { readFileSync, realpathSync } from "node:fs";
import { type MountLine, mountOf, parseMountinfo } from "../mountinfo.ts";

/** What holds `limits.diskMb` in the writable mounts of a sandbox. */
export interface DiskMechanism {
  readonly by: "project quota" | "watchdog";
  /** Why this one, in words. */
  readonly detail: string;
  /** What would give the quota, where something would. */
  readonly fix?: string;
}

/** Options by which ext4 and xfs are mounted for project quotas to be enforced (ext4(5), xfs(5)). */
const quotaOptions: Readonly<Record<string, readonly string[]>> = {
  ext4: ["prjquota"],
  xfs: ["prjquota", "pquota"],
};

const quotaFix: Readonly<Record<string, string>> = {
  ext4: "tune2fs -O project,quota -Q prjquota DEVICE while it is not mounted, then mount it with -o prjquota",
  xfs: "mount it with -o prjquota",
};

function enforcesProjects({ type, options }: MountLine): boolean {
  return quotaOptions[type]?.some((option) => options.includes(option)) ?? false;
}

/**
 * How the space that a sandbox adds to a directory of the host is held: by the file system's own project quota where
 * that is on and this process is root, else by a watchdog that counts.
 *
 * @param path exists
 */
export function diskMechanism(
  path: string,
  { mountinfo = readFileSync("/proc/self/mountinfo", "utf8"), isRoot = process.geteuid?.() === 0 } = {},
): DiskMechanism {
  return mechanismOn(mountOf(realpathSync(path), parseMountinfo(mountinfo)), isRoot);
}

/** The same for a mount. */
export function mechanismOn(mount: MountLine | undefined, isRoot: boolean): DiskMechanism {
  if (mount === undefined) return { by: "watchdog", detail: "an unknown file system" };
  const { type, point } = mount;
  const where = `${type} at ${point}`;
  if (!enforcesProjects(mount)) {
    const detail = `${where} enforces no project quotas`;
    const fix = quotaFix[type];
    return { by: "watchdog", detail, ...(fix !== undefined && { fix }) };
  }
  return isRoot
    ? { by: "project quota", detail: `${where} with project quotas` }
    : { by: "watchdog", detail: `${where}: only root may set a project quota`, fix: "run as root" };
}
