import type { SandboxLimits } from "#sandbox";
import { type Bomb, bomb } from "../bomb.ts";
import type { Probe } from "../probe.ts";

/** Limits small enough that no bomb of the corpus harms the host where they fail. */
const small = { memoryMb: 64, pids: 32 };
const mb = "160";
const bufferMb = "48";
const forBuffers = { memoryMb: 24, pids: 32 };

const processes: readonly Bomb[] = [
  {
    id: "fork-bomb",
    title: "processes without end",
    method: "fork 200 processes that stay, where 32 are allowed",
    source: "fork(2); cgroup pids.max",
    limits: small,
    act: ["processes", "200"],
  },
  {
    id: "thread-bomb",
    title: "threads without end",
    method: "start 200 threads, where 32 processes and threads are allowed",
    source: "pthread_create(3); threads count as processes",
    limits: small,
    act: ["threads", "200"],
  },
  {
    id: "zombie-pile",
    title: "zombies",
    method: "fork 200 processes that end and are never waited for",
    source: "wait(2)",
    limits: small,
    act: ["zombies", "200"],
  },
  {
    id: "descriptor-bomb",
    title: "open files without end",
    method: "open 192,000 files in 16 processes, 50 MB of the kernel's own memory",
    source: "file-max of proc(5) is the whole machine's",
    limits: forBuffers,
    act: ["descriptors", "16", "12000"],
    controlAct: ["descriptors", "16", "500"],
  },
];

const memory: readonly Bomb[] = (
  [
    ["private", "memory of a process's own", "mmap(2) MAP_PRIVATE"],
    ["shared", "memory shared with children", "mmap(2) MAP_SHARED | MAP_ANONYMOUS"],
    ["memfd", "a file in memory without a name", "memfd_create(2)"],
    ["sysv", "System V shared memory, which outlives its process", "shmget(2)"],
    ["locked", "memory that cannot be swapped", "mmap(2) MAP_LOCKED"],
    ["secret", "memory that the kernel itself cannot read", "memfd_secret(2)"],
  ] as const
).map(([kind, title, source]) => ({
  id: `memory-${kind}`,
  title,
  method: `touch ${mb} MB of it, where ${small.memoryMb} MB are allowed`,
  source,
  limits: small,
  act: ["memory", kind, mb],
  needs: "memory" as const,
  ...(kind === "locked" && { controlAct: ["memory", "locked", "1"] as const }),
  ...(kind === "secret" && { controlAct: ["memory", "secret", "1"] as const }),
}));

function buffers(kind: string, size: string, limits: SandboxLimits): Bomb {
  return {
    id: `buffers-${kind}`,
    title: `buffers of the kernel: ${kind}`,
    method: `leave ${size} MB unread, where ${limits.memoryMb} MB are allowed`,
    source: "cgroup-v2.rst, memory.stat; version 1 counts no socket unless asked to",
    limits,
    act: ["buffers", kind, size],
    needs: "memory",
  };
}

const fills: readonly Bomb[] = [
  {
    id: "fill-tmp",
    title: "/tmp filled",
    method: `write ${mb} MB to /tmp, which lies in memory`,
    source: "tmpfs(5), size",
    limits: small,
    act: ["fill", "/tmp", mb],
    controlAct: ({ workspace }) => ["fill", workspace, mb],
  },
  {
    id: "fill-shared-memory",
    title: "/dev/shm filled",
    method: `write ${mb} MB to /dev/shm`,
    source: "shm_overview(7)",
    limits: small,
    act: ["fill", "/dev/shm", mb],
    controlAct: ({ workspace }) => ["fill", workspace, mb],
  },
  {
    id: "inode-bomb",
    title: "empty files without end",
    method: "make 80,000 empty files in /tmp, each about 1 kB of the kernel's memory",
    source: "tmpfs(5), nr_inodes",
    limits: forBuffers,
    act: ["many-files", "/tmp", "80000"],
    controlAct: ({ workspace }) => ["many-files", workspace, "500"],
  },
  ...(["pipe", "unix", "udp"] as const).map((kind): Bomb => buffers(kind, bufferMb, forBuffers)),
  // Version 1 of control groups lets each connection have a little beyond the limit.
  buffers("tcp", "60", { memoryMb: 8, pids: 32 }),
];

export const resourceProbes: readonly Probe[] = [...processes, ...memory, ...fills].map(bomb);
