import { diskOf } from "./block-device.ts";
import type { CgroupLimits, Refusal } from "./cgroup.ts";
import { CgroupOptionError, CgroupUnavailableError } from "./errors.ts";

/**
 * Paths of `io` that lie on no disk.
 *
 * @throws CgroupOptionError when two of them lie on one disk, whose limits would overwrite each other
 */
export function refusedDisks({ io = [] }: CgroupLimits): Refusal[] {
  const refusals: Refusal[] = [];
  const disks = new Map<string, string>();
  for (const { path } of io) {
    const disk = diskOrRefusal(path, refusals);
    const other = disk === undefined ? undefined : disks.get(disk);
    if (other !== undefined)
      throw new CgroupOptionError(
        `limit "io" names "${other}" and "${path}", which lie on one disk (${disk}): give its limits once`,
      );
    if (disk !== undefined) disks.set(disk, path);
  }
  return refusals;
}

function diskOrRefusal(path: string, refusals: Refusal[]): string | undefined {
  try {
    return diskOf(path);
  } catch (error) {
    if (!(error instanceof CgroupUnavailableError)) throw error;
    refusals.push({ limit: "io", error });
    return undefined;
  }
}
