import { nativeProbes } from "../native-probe.ts";
import type { Probe } from "../probe.ts";

const area = "files";

/** Names, links and renames that lead out of what is mounted. */
const outOfTheMount = nativeProbes(area, [
  {
    id: "symlink-absolute",
    title: "an absolute symbolic link in the workspace",
    method: "read the host's file that a link in a mount names",
    source: "CVE-2018-15664: docker cp followed links out of a container",
    act: ({ workspace }) => ["read", `${workspace}/absolute`],
    controls: ["outside"],
  },
  {
    id: "symlink-relative",
    title: "a relative symbolic link in the workspace",
    method: "read the file beside the mount's source by a link to ../",
    source: "CVE-2021-30465: runc followed links when it mounted",
    act: ({ workspace }) => ["read", `${workspace}/relative`],
    controls: ["outside"],
  },
  {
    id: "symlink-through-proc",
    title: "a symbolic link through /proc/self/root",
    method: "read a host's file by a link whose root is a magic link",
    source: "proc(5), /proc/pid/root",
    act: ({ workspace }) => ["read", `${workspace}/through-proc`],
    controls: ["outside"],
  },
  {
    id: "parent-of-mount",
    title: "the directory above a mount",
    method: "open the mount's root, and ../secret from its descriptor",
    source: "path_resolution(7): the parent of a mount's root is the mount point's",
    act: ({ workspace }) => ["read-beside", workspace, "../secret"],
    controls: ["outside"],
  },
  {
    id: "hardlink-alias",
    title: "a hard link from a read-only mount into a writable one",
    method: "link(2) a file that may only be read to a name where it may be written, on the same file system",
    source: "link(2), EXDEV between mounts of one file system",
    act: ({ workspace, reading }) => ["link", `${reading}/file`, `${workspace}/hardlink-alias`],
    controls: ["outside"],
  },
  {
    id: "hardlink-descriptor",
    title: "a hard link to an open file",
    method: "linkat(2) /proc/self/fd/N of a read-only file into the workspace, with AT_SYMLINK_FOLLOW",
    source: "open(2), O_TMPFILE; CVE-2024-21626 used such magic links",
    act: ({ workspace, reading }) => [
      "link-descriptor",
      `${reading}/file`,
      `${workspace}/hardlink-descriptor`,
    ],
    controls: ["outside"],
  },
  {
    id: "nameless-file-elsewhere",
    title: "a name in a read-only mount for a file of a writable one",
    method: "O_TMPFILE in the workspace, linkat(2) into the read-only mount",
    source: "open(2), O_TMPFILE",
    act: ({ workspace, reading }) => ["link-nameless", workspace, `${reading}/nameless`],
    controls: ["outside"],
  },
  {
    id: "rename-across-mounts",
    title: "a file moved into a read-only mount",
    method: "rename(2) from the workspace into the read-only mount of the same file system",
    source: "rename(2)",
    act: ({ workspace, reading }) => ["rename", `${workspace}/rename-source`, `${reading}/renamed`],
    controls: ["outside"],
  },
]);

/** Ways to change what is mounted for reading only. */
const readOnly = nativeProbes(area, [
  {
    id: "read-only-open",
    title: "a read-only mount opened for writing",
    method: "open(2) with O_WRONLY",
    source: "mount_setattr(2), MOUNT_ATTR_RDONLY",
    act: ({ reading }) => ["open-write", `${reading}/file`],
    controls: ["outside"],
  },
  {
    id: "read-only-reopen",
    title: "a read-only file opened anew by its descriptor",
    method: "open(2) /proc/self/fd/N with O_RDWR",
    source: "CVE-2019-5736: runc's binary was opened for writing by a magic link",
    act: ({ reading }) => ["reopen-write", `${reading}/file`],
    controls: ["outside"],
  },
  {
    id: "read-only-map",
    title: "a writable mapping of a read-only file",
    method: "mmap(2) MAP_SHARED with PROT_WRITE, at once or by mprotect(2)",
    source: "mmap(2); CVE-2016-5195 wrote to such mappings",
    act: ({ reading }) => ["map-write", `${reading}/file`],
    controls: ["outside"],
  },
  {
    id: "read-only-status",
    title: "mode, owner and times in a read-only mount",
    method: "chmod(2), chown(2) and utimensat(2) by the files' owner",
    source: "chmod(2), EROFS",
    act: ({ reading }) => ["change-status", `${reading}/file`],
    controls: ["outside"],
  },
  {
    id: "read-only-attribute",
    title: "an extended attribute in a read-only mount",
    method: "setxattr(2) of a user attribute by the files' owner",
    source: "setxattr(2)",
    act: ({ reading }) => ["change-attribute", `${reading}/file`],
    controls: ["outside"],
  },
  {
    id: "read-only-flags",
    title: "inode flags in a read-only mount",
    method: "ioctl(2) FS_IOC_SETFLAGS on a descriptor for reading",
    source: "ioctl_iflags(2)",
    act: ({ reading }) => ["change-flags", `${reading}/file`],
    controls: ["outside"],
  },
  {
    id: "read-only-names",
    title: "names in a read-only mount",
    method: "rename(2), mkdir(2) and unlink(2)",
    source: "rename(2), EROFS",
    act: ({ reading }) => ["change-names", reading, "file"],
    controls: ["outside"],
  },
  {
    id: "read-only-clone",
    title: "a writable copy of a read-only mount",
    method: "open_tree(2) a copy, mount_setattr(2) without MOUNT_ATTR_RDONLY",
    source: "mount_setattr(2); CVE-2023-2640 and others need mounts of one's own",
    act: ({ reading }) => ["clone-writable", reading, "file"],
    controls: ["userns"],
  },
  {
    id: "system-files",
    title: "the system's programs and settings",
    method: "open /usr, /etc/passwd and the sandbox's own program for writing",
    source: "CVE-2019-5736",
    act: [
      "open-write",
      ...["/etc/passwd", "/etc/ld.so.cache", "/usr/bin/env", "/bin/sh", "/opt/node", "/opt/cloison-attack"],
    ],
    controlAct: ({ workspace }) => ["open-write", `${workspace}/file`],
    controls: ["unfiltered"],
  },
  {
    id: "preloaded-library",
    title: "a library for every program",
    method: "create a file beside /etc/ld.so.cache, where the linker looks for ld.so.preload",
    source: "ld.so(8)",
    act: ["create", "/etc/cloison-attack"],
    controlAct: ["create", "/tmp/cloison-attack"],
    controls: ["unfiltered"],
  },
]);

export const fileProbes: readonly Probe[] = [...outOfTheMount, ...readOnly];
