import { type NativeProbe, nativeProbes } from "../native-probe.ts";
import type { Probe } from "../probe.ts";

const outsideForRoot = { controls: ["outside"], forRoot: true } satisfies Partial<NativeProbe>;

/** Device nodes, and files that would give their user rights. */
export const deviceProbes: readonly Probe[] = nativeProbes("namespaces", [
  {
    id: "make-character-device",
    title: "a device node for memory",
    method: "mknod of character device 1:1, /dev/mem",
    source: "mknod(2)",
    act: ["make-node", "char", "1", "1"],
    ...outsideForRoot,
  },
  {
    id: "make-block-device",
    title: "a device node for a disk",
    method: "mknod of block device 7:0, /dev/loop0",
    source: "mknod(2): CAP_MKNOD is a default capability of Docker",
    act: ["make-node", "block", "7", "0"],
    ...outsideForRoot,
  },
  {
    id: "make-whiteout",
    title: "a device node that needs no capability",
    method: "mknod of character device 0:0, an overlay's whiteout, in what the host sees",
    source: "Linux 5.8: vfs: allow unprivileged whiteout creation",
    act: ["make-node", "char", "0", "0"],
    controls: ["unfiltered", "outside"],
  },
  {
    id: "open-devices",
    title: "the host's devices",
    method: "open disks, memory, kernel log, kvm, fuse, tun and more in /dev for reading",
    source: "OCI runtime specification, default devices",
    act: ["open-devices"],
    controls: ["outside"],
    forRoot: true,
  },
  {
    id: "set-user-id",
    title: "a set-user-id file by chmod",
    method: "fchmod(04755), for whoever runs the file outside",
    source: "chmod(2)",
    act: ["set-id", "04755"],
    controls: ["unfiltered", "outside"],
  },
  {
    id: "set-group-id-high-bits",
    title: "a set-group-id file by chmod, with high bits",
    method: "fchmod(02755 | 1 << 32), whose high bits the kernel drops",
    source: "seccomp(2): arguments are 64 bits wide, the kernel's own are not",
    act: ["set-id", String(0o2755 + 2 ** 32)],
    controls: ["unfiltered", "outside"],
  },
  {
    id: "create-set-user-id",
    title: "a set-user-id file by open",
    method: "open(O_CREAT, 06755)",
    source: "open(2)",
    act: ["create-set-id", "06755"],
    controls: ["unfiltered", "outside"],
  },
]);
