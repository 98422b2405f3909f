import type { Act, Attempt } from "../../src/doctor/act.ts";
import type { Host } from "../../src/doctor/host.ts";
import type { SandboxTrial, SandboxTrialOptions } from "../../src/doctor/sandbox-trial.ts";

/** A machine in few words; everything else is as on {@link describeHost}'s ready one. */
export interface Description {
  readonly platform?: string;
  readonly arch?: string;
  readonly uid?: number;
  readonly userName?: string | undefined;
  readonly launcher?: Host["launcher"];
  /** Texts of files; null takes one of the ready machine's away. */
  readonly files?: Readonly<Record<string, string | null>>;
  /** Directories and files that may not be written. */
  readonly readOnly?: readonly string[];
  readonly programs?: readonly string[];
  /** Acts that fail, with the step and the error that the launcher tells. */
  readonly failing?: Partial<Record<Act, readonly [step: string, errno: string]>>;
  /** Acts that could not be tried, or all of them. */
  readonly untried?: "all" | readonly Act[];
  readonly sandbox?: (options: SandboxTrialOptions) => SandboxTrial;
}

export const ran: SandboxTrial = { ran: true, detail: "made, and ran a command", wantsCgroup: false };
export const refused: SandboxTrial = {
  ran: false,
  detail: "the sandbox could not start",
  wantsCgroup: false,
};
export const wantsCgroup: SandboxTrial = { ran: false, detail: "no cgroup", wantsCgroup: true };

export const launcherAt = "/srv/app/node_modules/@cloison/sandbox/dist/native/linux-x64/cloison-launcher";
export const group = "/sys/fs/cgroup/app.service";

/** Debian 12 with systemd and cgroup v2, and root in a unit with Delegate=yes. */
const readyFiles: Readonly<Record<string, string>> = {
  "/etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"',
  "/etc/subuid": "ada:100000:65536",
  "/etc/subgid": "ada:100000:65536",
  "/proc/version": "Linux version 6.1.0-30-amd64 (debian-kernel@lists.debian.org) #1 SMP PREEMPT_DYNAMIC",
  "/proc/sys/kernel/osrelease": "6.1.0-30-amd64",
  "/proc/sys/user/max_user_namespaces": "96365",
  "/proc/sys/kernel/pid_max": "4194304",
  "/proc/sys/kernel/keys/maxkeys": "4000",
  "/proc/sys/kernel/seccomp/actions_avail": "kill_process kill_thread trap errno user_notif trace log allow",
  "/proc/self/status": "CapEff:\t000001ffffffffff\nNoNewPrivs:\t0\nSeccomp:\t0",
  "/proc/self/uid_map": "0 0 4294967295",
  "/proc/self/ns/user": "",
  "/proc/self/limits": "Max open files            1048576              1048576              files",
  "/proc/self/cgroup": "0::/app.service",
  "/proc/self/mountinfo":
    "1 0 8:1 / / rw - ext4 /dev/sda1 rw,prjquota\n2 1 0:25 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n3 1 0:30 / /mnt/share rw - nfs4 server:/share rw",
  "/proc/meminfo": "MemTotal:       32768000 kB\nMemAvailable:   31457280 kB",
  "/proc/swaps": "Filename Type Size Used Priority",
  "/run/systemd/system/units": "",
  [`${group}/cgroup.controllers`]: "cpu io memory pids",
  [`${group}/cgroup.type`]: "domain",
  [`${group}/cgroup.procs`]: "1",
  [`${group}/memory.swap.max`]: "max",
};

function attemptOf({ failing = {}, untried = [] }: Description, act: Act): Attempt {
  if (untried === "all" || untried.includes(act)) return { outcome: "untried" };
  const failure = failing[act];
  return failure === undefined
    ? { outcome: "done" }
    : { outcome: "failed", step: failure[0], errno: failure[1], detail: "" };
}

export function describeHost(description: Description): Host {
  const files: Record<string, string | null> = { ...readyFiles, ...description.files };
  const paths = Object.keys(files).filter((path) => files[path] !== null);
  return {
    platform: description.platform ?? "linux",
    arch: description.arch ?? "x64",
    uid: description.uid ?? 0,
    userName:
      "userName" in description ? description.userName : description.uid === undefined ? "root" : "ada",
    directory: "/srv/app",
    launcher: description.launcher ?? { path: launcherAt, linking: "static" },
    read: (path) => files[path] ?? undefined,
    writable: (path) =>
      !description.readOnly?.some((each) => path === each || path.startsWith(`${each}/`)) &&
      paths.some((each) => each === path || each.startsWith(`${path}/`)),
    list: (directory) =>
      paths
        .filter((path) => path.startsWith(`${directory}/`))
        .map((path) => path.slice(directory.length + 1)),
    hasProgram: (name) => (description.programs ?? ["newuidmap", "newgidmap"]).includes(name),
    tried: (act) => attemptOf(description, act),
    trySandbox: async (options) => (description.sandbox ?? (() => ran))(options),
  };
}
