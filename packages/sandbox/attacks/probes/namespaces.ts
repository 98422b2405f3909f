import { type NativeProbe, nativeProbes } from "../native-probe.ts";
import type { Probe } from "../probe.ts";

/** linux/sched.h */
const newUser = 0x10000000;
const namespaces = {
  mount: 0x00020000,
  cgroup: 0x02000000,
  uts: 0x04000000,
  ipc: 0x08000000,
  pid: 0x20000000,
  network: 0x40000000,
  time: 0x00000080,
} as const;

/** By way of a user namespace, in which an ordinary user has every right to make the others. */
const unshares = Object.entries(namespaces).map(
  ([name, flag]): NativeProbe => ({
    id: `unshare-${name}`,
    title: `a ${name} namespace by unshare`,
    method: `unshare(CLONE_NEWUSER | 0x${flag.toString(16)})`,
    source: "unshare(2); CVE-2022-0185 and others: kernel code that only root of a namespace reaches",
    act: ["unshare", String(newUser | flag)],
    controls: ["unfiltered", "outside"],
  }),
);

/**
 * In a process that is PID 1 of namespaces of its own, the control may enter even PID 1's; but nobody may enter the
 * user namespace that he is in, so of that one the control is that it can be opened.
 */
const entries = ["user", "mnt", "net", "pid"].map(
  (name): NativeProbe => ({
    id: `setns-init-${name}`,
    title: `PID 1's ${name} namespace`,
    method: `setns() with /proc/1/ns/${name}`,
    source: "setns(2)",
    act: ["setns", "1", name],
    controls: ["userns"],
    ...(name === "user" && { controlAct: ["look", "ns/user", "1"] as const }),
  }),
);

/** Namespaces of one's own, and other people's. */
export const namespaceProbes: readonly Probe[] = nativeProbes("namespaces", [
  {
    id: "unshare-user",
    title: "a nested user namespace by unshare",
    method: "unshare(CLONE_NEWUSER), to be root of something",
    source: "CVE-2022-0185, CVE-2023-32233: bugs that need a user namespace first",
    act: ["unshare", String(newUser)],
    controls: ["unfiltered", "outside"],
  },
  ...unshares,
  {
    id: "clone-user",
    title: "a nested user namespace by clone",
    method: "clone(CLONE_NEWUSER)",
    source: "clone(2)",
    act: ["clone", String(newUser)],
    controls: ["unfiltered", "outside"],
  },
  {
    id: "clone3-user",
    title: "a nested user namespace by clone3",
    method: "clone3() with CLONE_NEWUSER in memory, where no filter can look",
    source: "clone3(2); container runtimes answer ENOSYS for the same reason",
    act: ["clone3", String(newUser)],
    controls: ["unfiltered", "outside"],
  },
  ...entries,
  {
    id: "setns-own",
    title: "its own network namespace once more",
    method: "setns() with /proc/self/ns/net, which can be opened",
    source: "setns(2)",
    act: ["setns", "self", "net"],
    controls: ["userns"],
  },
  {
    id: "setns-pidfd",
    title: "all of PID 1's namespaces by a pidfd",
    method: "setns(pidfd_open(1), CLONE_NEWNET)",
    source: "setns(2), since Linux 5.8",
    act: ["setns-pidfd", "1", String(namespaces.network)],
    controls: ["userns"],
  },
  {
    id: "write-uid-map",
    title: "root in its own user namespace",
    method: "write `0 UID 1` into /proc/self/uid_map",
    source: "user_namespaces(7)",
    act: ["write-uid-map"],
    controls: ["outside"],
    controlAct: ["write-uid-map", "fresh"],
  },
  {
    id: "become-root",
    title: "user id 0",
    method: "setresuid(0, 0, 0)",
    source: "setresuid(2)",
    act: ["become-root"],
    controls: ["userns"],
  },
  {
    id: "regain-capabilities",
    title: "CAP_SYS_ADMIN by capset",
    method: "capset() with CAP_SYS_ADMIN permitted and effective",
    source: "capset(2), capabilities(7)",
    act: ["regain-capabilities"],
    controls: ["userns"],
  },
]);
