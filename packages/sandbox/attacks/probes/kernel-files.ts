import { existsSync } from "node:fs";

import { trialOf } from "../acts.ts";
import { nativeProbes } from "../native-probe.ts";
import { type Probe, programInside, skipped } from "../probe.ts";
import { whereThereIs } from "../where-there-is.ts";

const area = "files";

const native = nativeProbes(area, [
  {
    id: "sysctl-write",
    title: "any setting of the kernel",
    method: "open every file below /proc/sys for writing",
    source: "proc(5); kernel.*, vm.* and net.* are the whole machine's or its network's",
    act: ["walk-writable", "/proc/sys"],
    controls: ["userns"],
  },
  {
    id: "proc-write",
    title: "any file of /proc that belongs to no process",
    method: "open every one for writing",
    source: "CVE-2022-0811: CRI-O let containers set kernel.core_pattern",
    act: ["walk-writable", "/proc"],
    controls: ["userns"],
  },
  {
    id: "core-pattern",
    title: "the host's program for core dumps",
    method: "open /proc/sys/kernel/core_pattern and modprobe for writing, which name programs that root runs",
    source: "CVE-2022-0811, core(5)",
    act: ["open-write", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe"],
    controls: ["outside"],
    forRoot: true,
  },
  {
    id: "devices",
    title: "devices beyond those that are given",
    method:
      "look for any device below /dev other than null, zero, full, random, urandom, tty and the own terminals'",
    source: "CVE-2020-15257 and others: a device of the host is the host",
    act: ["walk-devices"],
    controls: ["outside"],
  },
  {
    id: "host-places",
    title: "the host's directories",
    method: "read /root, /etc/shadow, /var/lib, /run, /boot, /mnt and others",
    source: "architecture: nothing of the host but /usr and what was mounted",
    act: [
      "any-content",
      ...["/root", "/etc/shadow", "/etc/ssh", "/var/lib", "/var/log", "/run", "/boot", "/mnt", "/media"],
    ],
    controls: ["outside"],
  },
  {
    id: "sysfs",
    title: "/sys",
    method: "read /sys and its control groups",
    source: "CVE-2022-0492 wrote to a control group's release_agent",
    act: ["any-content", "/sys/kernel", "/sys/fs/cgroup", "/sys"],
    controls: ["outside"],
  },
  {
    id: "map-files",
    title: "mapped files by their address",
    method: "open /proc/self/map_files/*, which leads to the host's own file",
    source: "proc(5), /proc/pid/map_files",
    controls: ["outside"],
    forRoot: true,
  },
  {
    id: "cgroup-mount",
    title: "the control groups' file system",
    method: "mount(2) cgroup2, to lift the own limits",
    source: "CVE-2022-0492",
    act: ({ workspace }) => ["mount-type", "cgroup2", workspace],
    controls: ["userns"],
  },
]);

const covered = [
  "interrupts",
  "kallsyms",
  "keys",
  "key-users",
  "timer_list",
  "kcore",
  "kmsg",
  "pressure",
].map((name) => `/proc/${name}`);

const maskedProc: Probe = {
  id: "proc-masked",
  area,
  title: "what /proc tells about the host",
  method: "read kcore, kallsyms, keys, interrupts and more of /proc",
  source: "the OCI runtimes' maskedPaths; CVE-2025-31133 is a mask that was got around",
  light: true,
  attack: (context) => context.inside("any-content", ...covered),
  control: (context) =>
    context.withSandbox(
      async (sandbox) => {
        const { exitCode, stdout } = await sandbox.commands.run([programInside, "any-content", ...covered]);
        return trialOf(exitCode, stdout, "any-content");
      },
      { off: ["masks"] },
    ),
};

const agents = ["memory", "cpu", "pids", "freezer", "devices", "systemd", "blkio", "rdma"].map(
  (name) => `/sys/fs/cgroup/${name}/release_agent`,
);

interface TriggerProbe extends Pick<Probe, "id" | "title" | "method" | "source"> {
  readonly paths: readonly string[];
  /** What a host without those files lacks. */
  readonly lack: string;
}

/** Files of the kernel that this host may not have and that root alone may write to. */
function triggerProbe({ paths, lack, ...row }: TriggerProbe): Probe {
  const probe: Probe = {
    ...row,
    area,
    light: true,
    attack: (context) => context.inside("open-write", ...paths),
    async control(context) {
      const trial = await context.outside("open-write", ...paths);
      return trial.outcome === "refused" && context.as === "user"
        ? skipped(`the kernel itself refuses this to ordinary users: ${trial.detail}`)
        : trial;
    },
  };
  return whereThereIs(probe, () => (paths.some((path) => existsSync(path)) ? undefined : lack));
}

const triggers = [
  triggerProbe({
    id: "release-agent",
    title: "a control group's release agent",
    method: "open release_agent for writing, which names a program that the kernel runs as root",
    source: "CVE-2022-0492",
    paths: agents,
    lack: "no control groups of version 1 here",
  }),
  triggerProbe({
    id: "sysrq-trigger",
    title: "the magic SysRq key",
    method: "open /proc/sysrq-trigger for writing, to restart the machine",
    source: "Documentation/admin-guide/sysrq.rst",
    paths: ["/proc/sysrq-trigger"],
    lack: "no SysRq in this kernel",
  }),
];

/** The kernel's own files: settings, devices, control groups, and what it tells. */
export const kernelFileProbes: readonly Probe[] = [...native, maskedProc, ...triggers];
