import { type NativeProbe, nativeProbes } from "../native-probe.ts";
import type { Probe } from "../probe.ts";

/** Files of a process in /proc, each with what it would give away of PID 1, which was the host's launcher. */
const files = {
  environ: "the environment that it began with",
  maps: "where its memory lies",
  mem: "its memory",
  auxv: "where its program was loaded",
  "map_files/": "the files that it has mapped",
  fd: "what it has open: the host's end of the sandbox",
  exe: "the launcher's file on the host, as in CVE-2019-5736",
  root: "its root directory",
  cwd: "its working directory",
  "ns/mnt": "its namespaces",
} as const;

/** The control is a process of the same user beside it, which has nothing to hide. */
const looks = Object.entries(files).map(([name, what]): NativeProbe => {
  const word = name.replace(/\W+/g, "-").replace(/-$/, "").replace("_", "-");
  return {
    id: `init-${word}`,
    title: `/proc/1/${name}`,
    method: `open /proc/1/${name} for ${what}`,
    source: name === "exe" ? "CVE-2019-5736, runc" : "proc(5), ptrace(2) on access modes",
    act: ["look", name, "1"],
    controls: ["inside"],
    controlAct: ["look", name, "sibling"],
  };
});

const debugging = [
  {
    id: "debug-init",
    title: "PID 1 under a debugger",
    method: "ptrace(PTRACE_SEIZE, 1)",
    source: "ptrace(2)",
    act: ["debug", "1"],
    controlAct: ["debug", "sibling"],
  },
  {
    id: "ask-to-be-debugged",
    title: "debugging at all",
    method: "ptrace(PTRACE_TRACEME)",
    source: "CVE-2019-13272: PTRACE_TRACEME",
    act: ["ask-to-be-debugged"],
  },
  {
    id: "read-init-memory",
    title: "PID 1's memory by process_vm_readv",
    method: "process_vm_readv() of PID 1",
    source: "process_vm_readv(2)",
    act: ["read-memory", "1"],
    controlAct: ["read-memory", "sibling"],
  },
  {
    id: "write-init-memory",
    title: "PID 1's memory by process_vm_writev",
    method: "process_vm_writev() of PID 1",
    source: "process_vm_writev(2)",
    act: ["write-memory", "1"],
    controlAct: ["write-memory", "sibling"],
  },
  {
    id: "steal-init-descriptor",
    title: "PID 1's descriptors by a pidfd",
    method: "pidfd_getfd(pidfd_open(1), 3): the line that keeps the sandbox alive",
    source: "pidfd_getfd(2)",
    act: ["steal-descriptor", "1", "3"],
    controlAct: ["steal-descriptor", "sibling", "0"],
  },
] as const;

/** A setting of Yama's that forbids even to debug one's own children. */
const setting = { path: "/proc/sys/kernel/yama/ptrace_scope", allows: ["0", "1"] } as const;

/** A second time without the filter: PID 1 has more than that to keep it from looks. */
const withoutFilter = debugging
  .filter(({ id }) => id.includes("init"))
  .map(
    (row): NativeProbe => ({
      ...row,
      id: `${row.id}-without-filter`,
      title: `${row.title}, without the filter`,
      method: `${row.method}, in a sandbox whose filter allows it`,
      from: "unfiltered",
      controls: ["unfiltered"],
      setting,
    }),
  );

/** What PID 1 knows and holds. */
export const initSecretProbes: readonly Probe[] = nativeProbes("processes", [
  ...looks,
  ...debugging.map((row): NativeProbe => ({ ...row, controls: ["unfiltered"], setting })),
  ...withoutFilter,
  {
    id: "compare-init",
    title: "addresses of the kernel's by kcmp",
    method: "kcmp() with PID 1, which orders kernel pointers",
    source: "kcmp(2)",
    act: ["compare", "1"],
    controls: ["unfiltered"],
    controlAct: ["compare", "sibling"],
    setting,
  },
  {
    id: "overwrite-init-executable",
    title: "the launcher's file, by PID 1",
    method: "open /proc/1/exe for writing",
    source: "CVE-2019-5736, runc",
    act: ["open-writable", "exe", "1"],
    controls: ["inside"],
    controlAct: ["overwrite-executable", "copy"],
  },
  {
    id: "overwrite-command-executable",
    title: "a program's file, by a process that has run it",
    method: "keep /proc/PID/exe of a command, open it for writing when the command has ended",
    source: "CVE-2019-5736, runc",
    act: ["overwrite-executable", "/bin/sleep"],
    controls: ["inside"],
    controlAct: ["overwrite-executable", "copy"],
  },
]);
