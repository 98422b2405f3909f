import { readFileSync, realpathSync } from "node:fs";
import { type MountLine, mountOf, parseMountinfo } from "../mountinfo.ts";

/** What holds `limits.diskMb` in the writable mounts of a sandbox. */
export interface DiskMechanism {
  readonly by: "project quota" | "watchdog";
  /** Why this one, and what would give the other; in words. */
  readonly detail: string;
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
  const mount = mountOf(realpathSync(path), parseMountinfo(mountinfo));
  const type = mount?.type ?? "an unknown file system";
  if (mount !== undefined && enforcesProjects(mount))
    return isRoot
      ? { by: "project quota", detail: `${type} with project quotas at ${mount.point}` }
      : { by: "watchdog", detail: "only root may set a project quota" };
  const fix = quotaFix[type];
  const why = `${type}${mount === undefined ? "" : ` at ${mount.point}`} enforces no project quotas`;
  return { by: "watchdog", detail: fix === undefined ? why : `${why}; for them: ${fix}` };
}
