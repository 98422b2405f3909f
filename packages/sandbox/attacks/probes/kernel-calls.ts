import { nativeProbes } from "../native-probe.ts";
import type { Probe } from "../probe.ts";

const ringSetting = { path: "/proc/sys/kernel/io_uring_disabled", allows: ["0"] } as const;
const rings = ["setup", "enter", "register"] as const;

/** System calls that open large, young or often broken parts of the kernel. */
export const kernelCallProbes: readonly Probe[] = nativeProbes("kernel surface", [
  ...rings.map((name) => ({
    id: `io-uring-${name}`,
    title: `io_uring_${name}`,
    method: `io_uring_${name}(), which does what no filter sees`,
    source: "CVE-2021-41073, CVE-2022-29582, CVE-2023-2598",
    act: [`ring-${name}`] as const,
    controls: ["unfiltered"] as const,
    setting: ringSetting,
  })),
  {
    id: "queue-io",
    title: "the old asynchronous input and output",
    method: "io_setup()",
    source: "io_setup(2)",
    act: ["queue-io"],
    controls: ["unfiltered"],
  },
  {
    id: "userfaultfd",
    title: "page faults of its own",
    method: "userfaultfd(UFFD_USER_MODE_ONLY), which makes the kernel wait where an exploit wants it to",
    source: "userfaultfd(2)",
    act: ["handle-page-faults"],
    controls: ["unfiltered"],
  },
  {
    id: "bpf",
    title: "programs in the kernel",
    method: "bpf()",
    source: "CVE-2020-8835, CVE-2021-3490, CVE-2022-23222",
    act: ["load-bpf"],
    controls: ["unfiltered", "outside"],
    forRoot: true,
  },
  {
    id: "perf-event-open",
    title: "performance counters",
    method: "perf_event_open() of itself",
    source: "CVE-2013-2094, CVE-2023-5717",
    act: ["measure"],
    controls: ["unfiltered", "outside"],
    forRoot: true,
  },
  {
    id: "seccomp-listener",
    title: "a filter that asks",
    method: "seccomp(SECCOMP_FILTER_FLAG_NEW_LISTENER), to hold neighbours inside their system calls",
    source: "seccomp_unotify(2)",
    act: ["listen-for-calls"],
    controls: ["unfiltered"],
  },
  {
    id: "vmsplice",
    title: "its own pages in a pipe",
    method: "vmsplice()",
    source: "CVE-2008-0600, CVE-2022-0847",
    act: ["give-pages"],
    controls: ["unfiltered"],
  },
  {
    id: "fanotify",
    title: "a watch over whole file systems",
    method: "fanotify_init(FAN_REPORT_FID)",
    source: "fanotify_init(2)",
    act: ["watch-files"],
    controls: ["unfiltered", "outside"],
  },
  {
    id: "set-mempolicy",
    title: "memory of certain nodes",
    method: "set_mempolicy()",
    source: "set_mempolicy(2)",
    act: ["place-memory"],
    controls: ["unfiltered"],
  },
  {
    id: "listmount",
    title: "the mounts by number",
    method: "listmount(LSMT_ROOT)",
    source: "listmount(2), since Linux 6.8",
    act: ["list-mounts"],
    controls: ["unfiltered"],
  },
  {
    id: "name-to-handle",
    title: "a file's number",
    method: "name_to_handle_at()",
    source: "the shocker exploit of 2014 against Docker",
    act: ["name-file", "."],
    controls: ["unfiltered"],
  },
  {
    id: "open-by-handle",
    title: "any file of a file system by its number",
    method: "open_by_handle_at() of inode 2, the root of the host's file system",
    source: "the shocker exploit of 2014 against Docker; open_by_handle_at(2)",
    act: ["open-by-number", "."],
    controls: ["outside"],
    forRoot: true,
  },
]);
