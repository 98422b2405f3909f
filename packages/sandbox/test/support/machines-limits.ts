import { group } from "./described-host.ts";
import { bestEffort, dockerFiles, type Machine, noSandbox } from "./machines.ts";

/** A host with version 1 alone, its process in a group of its own. */
function versionOne(controllers: readonly string[], files: Readonly<Record<string, string | null>> = {}) {
  const mounts = controllers.map((name) => `2 1 0:25 / /cg/${name} rw - cgroup cgroup rw,${name}`);
  return {
    "/proc/self/cgroup": controllers.map((name) => `1:${name}:/app`).join("\n"),
    "/proc/self/mountinfo": ["1 0 8:1 / / rw - ext4 /dev/sda1 rw,prjquota", ...mounts].join("\n"),
    ...Object.fromEntries(controllers.map((name) => [`/cg/${name}/app/tasks`, ""])),
    ...files,
  };
}

const swapDevice = "Filename Type Size Used Priority\n/dev/sdb partition 8388604 0 -2";
const allOfOne = ["freezer", "memory", "pids", "cpu", "blkio"];

/** Machines that cannot bound or carry what they isolate, or whose hardware tells tales. */
export const limitsMachines: readonly Machine[] = [
  [
    "a user without delegation",
    { ...bestEffort, uid: 1000, readOnly: [group] },
    "limits",
    "missing",
    /systemd-run --user --scope -p Delegate=yes/,
  ],
  [
    "a user to whom only memory and pids are delegated",
    { uid: 1000, files: { [`${group}/cgroup.controllers`]: "memory pids" } },
    "limits",
    "limited",
    /Delegate=cpu cpuset io memory pids[\s\S]*daemon-reload/,
  ],
  [
    "a container with a read-only cgroup",
    { ...bestEffort, uid: 1000, files: dockerFiles, readOnly: ["/sys/fs/cgroup"] },
    "limits",
    "missing",
    /docker run --privileged/,
  ],
  [
    "no cgroups at all",
    { ...bestEffort, files: { "/proc/self/mountinfo": "1 0 8:1 / / rw - ext4 /dev/sda1 rw" } },
    "limits",
    "missing",
    /mount -t cgroup2/,
  ],
  [
    "cgroup v1 without a freezer",
    { ...bestEffort, uid: 1000, files: versionOne(["memory", "pids", "cpu", "blkio"]) },
    "limits",
    "missing",
    /mount -t cgroup -o freezer freezer/,
  ],
  [
    "cgroup v1 of others",
    { ...bestEffort, uid: 1000, files: versionOne(allOfOne), readOnly: ["/cg"] },
    "limits",
    "missing",
    /Delegate=yes/,
  ],
  [
    "cgroup v1 without a share of the processors",
    { files: versionOne(["freezer", "memory", "pids"]) },
    "limits",
    "limited",
    /-o cpu cpu[\s\S]*-o blkio blkio/,
  ],
  [
    "cgroup v1 that does not count swap",
    { files: versionOne(allOfOne, { "/proc/swaps": swapDevice }) },
    "limits",
    "limited",
    /swapaccount=1/,
  ],
  [
    "memory groups that do not count swap",
    {
      files: {
        [`${group}/memory.swap.max`]: null,
        "/proc/swaps": swapDevice,
      },
    },
    "limits",
    "limited",
    /swapaccount=1/,
  ],
  [
    "a file system without project quotas",
    {
      files: {
        "/proc/self/mountinfo":
          "1 0 8:1 / / rw - xfs /dev/sda1 rw,noquota\n3 1 0:4 / /sys/fs/cgroup rw - cgroup2 c rw",
      },
    },
    "disk",
    "limited",
    /quota.*-o prjquota/,
  ],
  ["a user, who may set no quota", { uid: 1000 }, "disk", "limited", /run as root/],
  [
    "a user with few keys left",
    {
      uid: 1000,
      files: {
        "/proc/key-users":
          "    0:   100 99/99 90/1000000 2000/25000000\n 1000:   150 150/150 150/200 3000/20000",
      },
    },
    "keyring",
    "limited",
    /kernel\.keys\.maxkeys=4000/,
  ],
  [
    "a user whose keys are used up",
    { ...noSandbox, uid: 1000, failing: { keyring: ["keyring", "EDQUOT"] } },
    "keyring",
    "missing",
    /kernel\.keys\.maxkeys=4000/,
  ],
  [
    "a box with few process ids",
    { files: { "/proc/sys/kernel/pid_max": "8192" } },
    "capacity",
    "limited",
    /kernel\.pid_max=32000/,
  ],
  [
    "a box with little memory",
    { files: { "/proc/meminfo": "MemTotal: 4194304 kB\nMemAvailable:    2097152 kB" } },
    "capacity",
    "limited",
    /16000 MB/,
  ],
  [
    "a shell with few descriptors",
    {
      files: {
        "/proc/self/limits": "Max open files            1024                 1024                 files",
      },
    },
    "capacity",
    "limited",
    /ulimit -n 20000/,
  ],
  [
    "a user without subordinate ids",
    { uid: 1000, files: { "/etc/subuid": "eve:100000:65536\n10:200000:10" } },
    "ids",
    "limited",
    /usermod --add-subuids .* ada$/,
  ],
  ["a machine without newuidmap", { uid: 1000, programs: [] }, "ids", "limited", /apt-get install uidmap/],
  ["a user without a name", { uid: 1000, userName: undefined }, "ids", "limited", /\/etc\/passwd/],
  [
    "a user under no_new_privs",
    { uid: 1000, files: { "/proc/self/status": "CapEff:\t0\nNoNewPrivs:\t1\nSeccomp:\t0" } },
    "ids",
    "limited",
    /NoNewPrivileges=no/,
  ],
  [
    "a processor with an open flaw",
    { files: { "/sys/devices/system/cpu/vulnerabilities/l1tf": "Vulnerable; SMT on" } },
    "processor",
    "limited",
    /microcode/,
  ],
];
