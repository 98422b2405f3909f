import { basename, dirname, join } from "node:path";
import { leafName } from "../../cgroup/delegation-v2.ts";
import { ownHierarchies } from "../../cgroup/hierarchies.ts";
import { type Finding, limited, missing, ok } from "../findings.ts";
import type { Host } from "../host.ts";
import { containerFix, containerOf, isGvisor, kernelIsAtLeast } from "../surroundings.ts";

/** What the default limits need; the rest are for limits that must be asked for. */
const needed = ["memory", "pids"] as const;

/** Whether this process may make groups with limits below its own. */
export function checkCgroups(host: Host): Finding {
  const { v1, v2 } = ownHierarchies(undefined, {
    cgroup: host.read("/proc/self/cgroup") ?? "",
    mountinfo: host.read("/proc/self/mountinfo") ?? "",
  });
  if (v1.has("memory") || v1.has("pids")) return checkV1(host, v1);
  if (v2 !== undefined) return checkV2(host, v2);
  return missing(
    "no control groups are mounted",
    containerOf(host) === undefined ? "sudo mount -t cgroup2 none /sys/fs/cgroup" : groupFix(host),
  );
}

function checkV1(host: Host, v1: ReadonlyMap<string, string>): Finding {
  const usable = (controller: string) => {
    const directory = v1.get(controller);
    return directory !== undefined && host.writable(directory);
  };
  const lacking = ["freezer", ...needed].filter((name) => !usable(name));
  if (lacking.length > 0)
    return missing(`cgroup v1: ${lacking.join(", ")} may not be written`, v1Fix(host, v1, lacking));
  const optional = ["cpu", "blkio"].filter((name) => !usable(name));
  const memory = v1.get("memory") ?? "";
  const swap = swapOf(host, join(memory, "memory.memsw.limit_in_bytes"));
  const have = ["freezer", ...needed, "cpu", "blkio"].filter(usable).join(", ");
  const detail = `cgroup v1: ${have}; ${swap.detail}`;
  if (optional.length > 0) return limited(`${detail}; not ${optional.join(", ")}`, v1Fix(host, v1, optional));
  return swap.fix === undefined ? ok(detail) : limited(detail, swap.fix);
}

/** What is not mounted is for the machine's root to mount; what is not ours is for it to give. */
function v1Fix(host: Host, v1: ReadonlyMap<string, string>, controllers: readonly string[]): string {
  const unmounted = controllers.filter((name) => !v1.has(name));
  const mounts = unmounted.map((name) => {
    const directory = `/sys/fs/cgroup/${name}`;
    return `sudo mkdir -p ${directory} && sudo mount -t cgroup -o ${name} ${name} ${directory}`;
  });
  return [...mounts, ...(unmounted.length < controllers.length ? [groupFix(host)] : [])].join("\n");
}

function checkV2(host: Host, own: string): Finding {
  // A host that has made sandboxes lives in a leaf of its group; see cgroup/delegation-v2.ts.
  const directory = basename(own) === leafName ? dirname(own) : own;
  if (!host.writable(directory) || !host.writable(join(directory, "cgroup.procs")))
    return missing(`cgroup v2: ${directory} is not this process's to divide`, groupFix(host));
  const controllers = (host.read(join(directory, "cgroup.controllers")) ?? "").split(/\s+/);
  const lacking = needed.filter((name) => !controllers.includes(name));
  if (lacking.length > 0)
    return missing(`cgroup v2: ${directory} has not been given ${lacking.join(", ")}`, controllerFix(host));
  const have = ["memory", "pids", "cpu", "io"].filter((name) => controllers.includes(name)).join(", ");
  const swap = swapOf(host, join(directory, "memory.swap.max"), isTrueRoot(host, directory));
  const end = kernelIsAtLeast(host, 5, 14)
    ? "cgroup.kill"
    : "no cgroup.kill: groups are ended process by process";
  const detail = `cgroup v2: ${have}; ${swap.detail}; ${end}`;
  const optional = ["cpu", "io"].filter((name) => !controllers.includes(name));
  if (optional.length > 0) return limited(`${detail}; not ${optional.join(", ")}`, controllerFix(host));
  return swap.fix === undefined ? ok(detail) : limited(detail, swap.fix);
}

/** Only the root of the whole hierarchy has no type, and none of the files that limit. */
function isTrueRoot({ read }: Host, directory: string): boolean {
  return read(join(directory, "cgroup.type")) === undefined;
}

function swapOf(host: Host, file: string, assumed = false): { detail: string; fix?: string } {
  const devices = (host.read("/proc/swaps") ?? "").split("\n").length - 1;
  if (assumed || host.read(file) !== undefined) return { detail: "swap is counted" };
  if (devices <= 0) return { detail: "no swap" };
  return {
    detail: "swap is not counted, and memory limits can be evaded into it",
    fix: "add swapaccount=1 to the kernel's command line, or sudo swapoff --all",
  };
}

const hasSystemd = (host: Host) => host.list("/run/systemd/system").length > 0;

/** How this process gets a group of its own. */
function groupFix(host: Host): string {
  if (isGvisor(host)) return containerFix(host);
  const container = containerOf(host);
  if (hasSystemd(host) && host.uid !== 0)
    return 'systemd-run --user --scope -p Delegate=yes COMMAND (or Delegate=yes in a unit), or enforce: "best-effort"';
  if (container !== undefined)
    return `start ${container === "Podman" ? "podman run --privileged …" : "docker run --privileged …, or mount /sys/fs/cgroup writable"}, as root inside; or enforce: "best-effort"`;
  return host.uid === 0
    ? "sudo mount -o remount,rw /sys/fs/cgroup"
    : `as root: make a group in /sys/fs/cgroup, chown -R it to uid ${host.uid}, and write this shell's process id to its cgroup.procs; or enforce: "best-effort"`;
}

/** How a group that is there gets more controllers. */
function controllerFix(host: Host): string {
  if (!hasSystemd(host) || host.uid === 0)
    return "as root, in each cgroup above this one: echo '+memory +pids +cpu +io' > cgroup.subtree_control";
  const file = "/etc/systemd/system/user@.service.d/delegate.conf";
  return [
    "sudo mkdir -p /etc/systemd/system/user@.service.d",
    `printf '%s\\n' '[Service]' 'Delegate=cpu cpuset io memory pids' | sudo tee ${file}`,
    "sudo systemctl daemon-reload, then log in again",
  ].join("\n");
}
