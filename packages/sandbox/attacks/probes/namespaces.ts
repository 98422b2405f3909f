import { nativeProbes } from "../native-probe.ts";
import type { Probe } from "../probe.ts";

/** Namespaces and mounts. */
export const namespaceProbes: readonly Probe[] = nativeProbes("namespaces", [
  {
    id: "unshare-user",
    title: "a user namespace by unshare",
    method: "unshare(CLONE_NEWUSER), to be root of something and reach kernel code that is for root",
    source: "CVE-2022-0185, CVE-2023-32233: kernel bugs that need a user namespace first",
    act: ["unshare", "0x10000000"],
    controls: ["outside"],
  },
  {
    id: "mount-tmpfs-etc",
    title: "a file system over /etc",
    method: "mount a tmpfs over /etc to choose its passwd",
    source: "mount(2)",
    act: ["mount-tmpfs", "/etc"],
    controls: ["userns"],
  },
]);
