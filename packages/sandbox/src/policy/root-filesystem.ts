import { lstatSync, readlinkSync } from "node:fs";
import type { ParsedLimits } from "../options/limits.ts";
import type { ParsedOptions } from "../options/sandbox-options.ts";
import type { Operation } from "./encode-policy.ts";

/** Directories of a Linux system's root. On merged-/usr systems they are symbolic links, and stay so inside. */
export const systemDirectories: readonly string[] = [
  "/usr",
  "/bin",
  "/sbin",
  "/lib",
  "/lib32",
  "/lib64",
  "/libx32",
  "/nix/store",
  "/gnu/store",
];
/** The few parts of /etc that programs need to start and to trust certificates; nothing that holds a secret. */
const etcPaths = [
  "/etc/alternatives",
  "/etc/ssl/certs",
  "/etc/ssl/openssl.cnf",
  "/etc/pki/ca-trust",
  "/etc/pki/tls/certs",
  "/etc/pki/tls/openssl.cnf",
  "/etc/crypto-policies",
  "/etc/ld.so.cache",
  "/etc/localtime",
];

/**
 * Of /proc, what tells everybody about the host or its kernel, after the OCI runtimes' maskedPaths. Left out is
 * what the kernel shows to root alone (kpagecount, slabinfo and so on): no id of the sandbox is root.
 */
const maskedProc = [
  "acpi",
  "asound",
  "interrupts",
  "kallsyms",
  "kcore",
  "key-users",
  "keys",
  "kmsg",
  "latency_stats",
  "pressure", // and lets everybody put work on the host: triggers, since Linux 6.5
  "sched_debug",
  "scsi",
  "sysrq-trigger",
  "timer_list",
  "timer_stats",
];

const etcFiles: readonly Operation[] = [
  [
    "file",
    "/etc/passwd",
    "root:x:0:0:root:/root:/usr/sbin/nologin\nagent:x:1000:1000:agent:/home/agent:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
  ],
  ["file", "/etc/group", "root:x:0:\nagent:x:1000:\nnogroup:x:65534:\n"],
  ["file", "/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"],
];

function existingKind(path: string): "link" | "other" | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat === undefined ? undefined : stat.isSymbolicLink() ? "link" : "other";
}

function systemPath(path: string): Operation[] {
  const kind = existingKind(path);
  if (kind === undefined) return [];
  return kind === "link" ? [["symlink", readlinkSync(path), path]] : [["system", path, path]];
}

let hostSystem: readonly Operation[] | undefined;

/** The host's system; looked up once. Each mount costs about 0.02 ms, half of it when the sandbox ends. */
function systemOfHost(): readonly Operation[] {
  hostSystem ??= [...systemDirectories, ...etcPaths].flatMap(systemPath);
  return hostSystem;
}

/** What every root has of its own, whatever its system is. */
const ownSystem: readonly Operation[] = [
  ...etcFiles,
  ["directory", "/var/empty"],
  ["directory", "/var/tmp"],
  ["dev"],
  ["proc"],
  ["read-only", "/proc/sys"],
  ...maskedProc.map((name): Operation => ["mask", `/proc/${name}`]),
];

/** Directories that packages install to, where the root is writable. */
const writableDirectories = ["/opt", "/srv", "/run", "/mnt", "/var/cache", "/var/lib", "/var/log"];

const bytesPerMb = 2 ** 20;

function upperLayer(writable: ParsedOptions["writableSystem"]): Operation[] {
  if (writable === undefined) return [];
  return [
    ["upper", writable.directory ?? "", String(writable.sizeMb * bytesPerMb)],
    ...writableDirectories.map((path): Operation => ["directory", path]),
  ];
}

/** The system, /dev and /proc. */
export function rootFilesystem({ rootfs, writableSystem }: ParsedOptions): Operation[] {
  return [
    ...(rootfs === "host" ? systemOfHost() : [["rootfs", rootfs] as const]),
    ...upperLayer(writableSystem),
    ...ownSystem,
  ];
}

/**
 * Writable places that vanish with the sandbox. They share one size, half of the memory limit or `diskMb` where that
 * is less, and their pages count against the memory limit. So do their inodes where a cgroup holds it; elsewhere their
 * number bounds them: one for each page, in `native/mounts.c`.
 */
export function writablePlaces({ memoryMb, diskMb = Infinity }: ParsedLimits): Operation[] {
  const bytes = Math.max(1, Math.min(Math.floor(memoryMb / 2), diskMb)) * bytesPerMb;
  return [
    ["root", String(bytes)],
    ["scratch", "/tmp"],
    ["scratch", "/dev/shm"],
    ["scratch", "/home/agent"],
  ];
}
