import { nativeProbes } from "../native-probe.ts";
import type { Probe } from "../probe.ts";

/** What a sandbox may leave in its workspace for the host to fall over. */
export const fileTrapProbes: readonly Probe[] = nativeProbes("files", [
  {
    id: "set-id-fchmodat2",
    title: "a set-uid file by fchmodat2",
    method: "fchmodat2(2), a number that filters older than Linux 6.6 do not know",
    source: "fchmodat2, Linux 6.6",
    act: ({ workspace }) => ["fchmodat2-set-id", `${workspace}/set-id-fchmodat2`],
    controls: ["outside"],
  },
  {
    id: "set-id-mknod",
    title: "a set-uid file by mknod",
    method: "mknod(2) of a regular file with a mode of 06755",
    source: "mknod(2)",
    act: ({ workspace }) => ["mknod-set-id", `${workspace}/set-id-mknod`],
    controls: ["outside"],
  },
  {
    id: "set-id-nameless",
    title: "a set-uid file without a name",
    method: "O_TMPFILE with a mode of 06755, to be linked later",
    source: "open(2), O_TMPFILE",
    act: ({ workspace }) => ["nameless-set-id", workspace],
    controls: ["outside"],
  },
  {
    id: "file-capability",
    title: "a file with capabilities",
    method: "setxattr(2) security.capability with CAP_SYS_ADMIN on a file in the workspace",
    source: "CVE-2023-0386: overlayfs kept the capabilities of a file",
    act: ({ workspace }) => ["file-capability", `${workspace}/file-capability`],
    controls: ["outside", "userns"],
  },
  {
    id: "lease",
    title: "a lease on a file that the host opens",
    method: "fcntl(2) F_SETLEASE: whoever opens the file outside waits for up to 45 s, one thread each",
    source: "fcntl(2), /proc/sys/fs/lease-break-time",
    act: ({ workspace }) => ["lease", `${workspace}/lease`],
    controls: ["outside"],
  },
]);
