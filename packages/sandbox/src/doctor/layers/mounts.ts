import { mechanismOn } from "../../disk/disk-mechanism.ts";
import { type MountLine, mountOf, parseMountinfo } from "../../mountinfo.ts";
import { type Finding, limited, missing, ok, tell, unknown } from "../findings.ts";
import type { Host } from "../host.ts";
import { containerFix, containerOf, kernelIsAtLeast } from "../surroundings.ts";

/** The mount API with which the root of a sandbox is built. */
export function checkMounts(host: Host): Finding {
  if (host.tried("id map").outcome !== "done") return unknown("ids");
  if (host.tried("privileges inside").outcome !== "done") return unknown("user namespaces");
  for (const act of ["mount clone", "mount attributes", "tmpfs"] as const) {
    const attempt = host.tried(act);
    if (attempt.outcome === "done") continue;
    const refused = attempt.outcome === "failed" && attempt.errno !== "ENOSYS" && attempt.errno !== "EINVAL";
    const container = containerOf(host) !== undefined;
    return missing(tell(attempt), refused && container ? containerFix(host) : "use Linux 5.12 or later");
  }
  return ok("open_tree, mount_setattr, move_mount, tmpfs");
}

/** A /proc of its own: the kernel gives none where the one outside is covered in part. */
export function checkProc(host: Host): Finding {
  if (host.tried("tmpfs").outcome !== "done") return unknown("mounts");
  const attempt = host.tried("proc");
  if (attempt.outcome === "done") return ok("a /proc of its own can be mounted");
  return missing(
    `${tell(attempt)}: /proc outside is covered in part, or mounted read-only`,
    containerOf(host) === undefined
      ? "unmount what is mounted below /proc (see /proc/self/mountinfo), or mount a plain one: sudo mount -t proc proc /proc"
      : containerFix(host),
  );
}

/** File systems that learnt to show their files under other ids later than Linux 5.12. */
const idMapSince: Readonly<Record<string, readonly [number, number]>> = {
  btrfs: [5, 15],
  overlay: [5, 19],
  tmpfs: [6, 3],
};

/** Whether the working directory's file system can show its files under a sandbox's ids. */
export function checkIdMappedMounts(host: Host): Finding {
  if (host.uid !== 0) return ok("not needed: files stay under this user's own id");
  if (host.tried("id map").outcome !== "done") return unknown("ids");
  const type = mountOfDirectory(host)?.type ?? "an unknown file system";
  const attempt = host.tried("mount id map");
  if (attempt.outcome === "done")
    return ok(`${type} at ${host.directory} can show its files under a sandbox's ids`);
  const since = idMapSince[type];
  const newer = since !== undefined && !kernelIsAtLeast(host, ...since);
  return limited(
    `${type} at ${host.directory}: ${tell(attempt)}; mounts of it with access "rw" are refused`,
    [
      newer
        ? `use Linux ${since.join(".")} or later, or keep workspaces on ext4 or xfs`
        : "keep workspaces on ext4, xfs, btrfs or tmpfs, outside of network file systems",
      "or give one an id of its own: chown -R 1900000000:1900000000 DIRECTORY, with ids: { first: 1900000000, count: 1 }",
    ].join("\n"),
  );
}

function mountOfDirectory({ read, directory }: Host): MountLine | undefined {
  return mountOf(directory, parseMountinfo(read("/proc/self/mountinfo") ?? ""));
}

/** What holds `limits.diskMb` in mounts of the working directory's file system. */
export function checkDisk(host: Host): Finding {
  const { by, detail, fix } = mechanismOn(mountOfDirectory(host), host.uid === 0);
  if (by === "project quota") return ok(`diskMb: ${detail}`);
  return limited(
    `diskMb: by a watchdog, which is late by what is written while it counts; ${detail}`,
    `for a quota of the kernel's: ${fix ?? "as root, keep workspaces on ext4 or xfs mounted with -o prjquota"}`,
  );
}
