import { type NativeProbe, nativeProbes } from "../native-probe.ts";
import type { Probe } from "../probe.ts";

const claims = [
  ["set-limit", "limits", "prlimit64(1)"],
  ["set-scheduler", "scheduling class", "sched_setscheduler(1, SCHED_IDLE)"],
  ["set-scheduling-attributes", "scheduling attributes", "sched_setattr(1)"],
  ["set-scheduling-parameters", "scheduling parameters", "sched_setparam(1)"],
  ["set-affinity", "processors", "sched_setaffinity(1)"],
  ["set-io-priority", "share of the disk", "ioprio_set(1)"],
  ["set-priority", "share of the processor", "setpriority(1, 19)"],
] as const;

/** Each at PID 1, then at PID 1 with bits set that the kernel drops; the control is another process of the sandbox. */
const rows = claims.flatMap(([act, what, call]): NativeProbe[] =>
  [false, true].map((high) => ({
    id: `${act}-init${high ? "-high-bits" : ""}`,
    title: `PID 1's ${what}${high ? ", with high bits" : ""}`,
    method: `${call}${high ? ", its 1 with bit 32 set" : ""}, so that it cannot end the sandbox in time`,
    source: high
      ? "seccomp(2): arguments are 64 bits wide, the kernel's own are not"
      : "sched(7), getrlimit(2), ioprio_set(2): PID 1 has the user id of its neighbours",
    act: high ? [act, "1", "high"] : [act, "1"],
    controls: ["inside"],
    controlAct: high ? [act, "sibling", "high"] : [act, "sibling"],
  })),
);

/** What PID 1 needs to do its work. */
export const initClaimProbes: readonly Probe[] = nativeProbes("processes", [
  ...rows,
  {
    id: "advise-init-memory",
    title: "PID 1's memory, paged out",
    method: "process_madvise() of PID 1",
    source: "process_madvise(2)",
    act: ["advise-memory", "1"],
    controls: ["unfiltered"],
  },
  {
    id: "init-oom-score",
    title: "PID 1 as the first to be killed",
    method: "write /proc/1/oom_score_adj",
    source: "proc(5)",
    act: ["open-writable", "oom_score_adj", "1"],
    controls: ["inside"],
    controlAct: ["open-writable", "oom_score_adj", "sibling"],
  },
  {
    id: "stop-init",
    title: "PID 1 stopped",
    method: "SIGSTOP for PID 1, which ends the sandbox when its host is gone",
    source: "kill(2), pid_namespaces(7)",
    act: ["stop", "1"],
    controls: ["inside"],
    controlAct: ["stop", "sibling"],
  },
  {
    id: "leaked-directories",
    title: "a directory by a descriptor that was left open",
    method: "chdir to /proc/self/fd/3 to 1024",
    source: "CVE-2024-21626, runc",
    act: ["leaked-directories"],
    controls: ["inside"],
    controlAct: ["leaked-directories", "own"],
  },
]);
