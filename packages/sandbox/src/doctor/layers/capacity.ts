import { type Finding, limited, ok, sysctl } from "../findings.ts";
import type { Host } from "../host.ts";
import { sysctlNumber } from "../surroundings.ts";

/** How many sandboxes at once a host is measured against. */
export const manySandboxes = 1000;

/**
 * What one sandbox with an agent takes: the launcher, PID 1 and Node with its threads; in the host process the ends
 * of its pipes and sockets. An idle agent was measured at 11 to 14 MB.
 */
const perSandbox = { threads: 16, descriptors: 10, watches: 2, memoryMb: 16 } as const;

interface Limit {
  readonly name: string;
  /** How many sandboxes it leaves room for. */
  readonly room: number;
  readonly setting?: Readonly<Record<string, number>>;
  readonly fix?: string;
}

function limitOf(host: Host, name: string, each: number): Limit[] {
  const value = sysctlNumber(host, name);
  if (value === undefined) return [];
  return [{ name, room: Math.floor(value / each), setting: { [name]: 2 * manySandboxes * each } }];
}

/** A soft limit of this process; Node raises its limit of open files to the hard one by itself. */
function resourceLimit(host: Host, row: string, option: string, each: number): Limit[] {
  const [, soft] = new RegExp(`^${row}\\s+(\\d+)`, "m").exec(host.read("/proc/self/limits") ?? "") ?? [];
  if (soft === undefined) return [];
  const wanted = 2 * manySandboxes * each;
  return [
    {
      name: `ulimit ${option}`,
      room: Math.floor(Number(soft) / each),
      fix: `ulimit ${option} ${wanted} (for good: /etc/security/limits.conf, or ${option === "-n" ? "LimitNOFILE" : "LimitNPROC"}= in a unit)`,
    },
  ];
}

const namespaces = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"] as const;

function memoryLimit({ read }: Host): Limit[] {
  const [, availableKb] = /^MemAvailable:\s+(\d+) kB/m.exec(read("/proc/meminfo") ?? "") ?? [];
  if (availableKb === undefined) return [];
  const room = Math.floor(Number(availableKb) / 1024 / perSandbox.memoryMb);
  return [
    {
      name: "memory",
      room,
      fix: `${manySandboxes} idle agents take about ${manySandboxes * perSandbox.memoryMb} MB`,
    },
  ];
}

function allLimits(host: Host): Limit[] {
  const { threads, descriptors, watches } = perSandbox;
  return [
    ...namespaces.flatMap((name) => limitOf(host, `user.max_${name}_namespaces`, 1)),
    ...limitOf(host, "kernel.pid_max", threads),
    ...limitOf(host, "kernel.threads-max", threads),
    ...limitOf(host, "fs.file-max", descriptors),
    ...(host.uid === 0 ? [] : limitOf(host, "fs.inotify.max_user_instances", watches)),
    ...memoryLimit(host),
    ...resourceLimit(host, "Max open files", "-n", descriptors),
    ...(host.uid === 0 ? [] : resourceLimit(host, "Max processes", "-u", threads)),
  ];
}

/** Whether the box's limits leave room for a thousand sandboxes at once. */
export function checkCapacity(host: Host): Finding {
  const limits = allLimits(host);
  const [least] = [...limits].sort((one, other) => one.room - other.room);
  const narrow = limits.filter(({ room }) => room < manySandboxes);
  if (least === undefined || narrow.length === 0)
    return ok(`room for ${manySandboxes} sandboxes with an agent each, by every limit`);
  const settings = Object.assign({}, ...narrow.map(({ setting }) => setting ?? {}));
  const fixes = narrow.flatMap(({ fix }) => fix ?? []);
  const switches = Object.keys(settings).length === 0 ? [] : [sysctl(settings, "61-cloison-many")];
  const detail = `room for about ${least.room} sandboxes with an agent each, by ${least.name}`;
  return limited(detail, [...switches, ...fixes].join("\n"));
}
