import { type Finding, limited, ok } from "../findings.ts";
import type { Host } from "../host.ts";
import { sysctlNumber } from "../surroundings.ts";

interface Switch {
  readonly name: string;
  /** From which value on it is on. */
  readonly on: number;
  readonly what: string;
}

/** A second line behind the sandbox's own filter; none of them is needed. */
const switches: readonly Switch[] = [
  { name: "kernel.yama.ptrace_scope", on: 1, what: "ptrace restricted" },
  { name: "kernel.unprivileged_bpf_disabled", on: 1, what: "bpf restricted" },
  { name: "kernel.kptr_restrict", on: 1, what: "kernel addresses hidden" },
  { name: "kernel.dmesg_restrict", on: 1, what: "kernel log hidden" },
  { name: "kernel.io_uring_disabled", on: 1, what: "io_uring restricted" },
];

/** What the host has done for itself, as information: the sandbox does not rely on it. */
export function checkHardening(host: Host): Finding {
  const on = switches.filter((each) => (sysctlNumber(host, each.name) ?? 0) >= each.on);
  const off = switches.filter((each) => !on.includes(each));
  const lockdown = /\[(\w+)\]/.exec(host.read("/sys/kernel/security/lockdown") ?? "")?.[1];
  const dumps = (host.read("/proc/sys/kernel/core_pattern") ?? "").startsWith("|");
  const told = [
    ...on.map(({ what }) => what),
    ...(lockdown === undefined || lockdown === "none" ? [] : [`lockdown: ${lockdown}`]),
    ...(dumps ? ["core dumps go to a program of the host; sandboxes make none"] : []),
  ];
  const others = off.map(({ name }) => name).join(", ");
  return ok(
    `for information: ${told.length === 0 ? "nothing special" : told.join(", ")}${off.length === 0 ? "" : `; off or absent: ${others}`}`,
  );
}

const directory = "/sys/devices/system/cpu/vulnerabilities";

/** Flaws of the processor, through which hostile code may read what its kernel does not show it. */
export function checkProcessor(host: Host): Finding {
  const flaws = host.list(directory);
  if (flaws.length === 0) return ok("the kernel tells no flaw of the processor");
  const open = flaws.filter((name) => host.read(`${directory}/${name}`)?.startsWith("Vulnerable"));
  if (open.length === 0) return ok("every flaw that the kernel knows is absent or mitigated");
  return limited(
    `no or part protection against ${open.join(", ")}: hostile code may read memory of other programs on this processor`,
    `update the processor's microcode and the kernel, and boot without mitigations=off (details: grep . ${directory}/*)`,
  );
}
