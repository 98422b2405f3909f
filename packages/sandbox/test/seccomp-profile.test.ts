import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import {
  compileSeccomp,
  defaultSeccompProfile,
  type SeccompArch,
  type Verdict,
} from "../src/seccomp/index.ts";
import { syscallTable } from "../src/seccomp/syscall-table.ts";
import { auditArch, returnValue } from "./seccomp-evaluation.ts";
import { decode, interpret } from "./seccomp-interpreter.ts";

const programs = {
  x64: decode(compileSeccomp(defaultSeccompProfile, "x64")),
  arm64: decode(compileSeccomp(defaultSeccompProfile, "arm64")),
};

function verdictOf(arch: SeccompArch, name: string, args: readonly (number | bigint)[]): string {
  const number = syscallTable(arch).get(name);
  if (number === undefined) return "not on this architecture";
  const registers = Array.from({ length: 6 }, (_, index) => BigInt.asUintN(64, BigInt(args[index] ?? 0)));
  const { value } = interpret(programs[arch], { number, arch: auditArch[arch], args: registers });
  return Object.entries(returnValue).find(([, each]) => each === value)?.[0] ?? `unknown ${value}`;
}

/** Calls that must fail whatever their arguments are. */
const refused =
  `io_uring_setup io_uring_enter io_uring_register keyctl add_key request_key bpf perf_event_open
  userfaultfd ptrace process_vm_readv process_vm_writev pidfd_getfd kcmp mount umount2 pivot_root open_tree
  move_mount fsopen fsconfig fsmount fspick mount_setattr open_tree_attr setns unshare open_by_handle_at
  name_to_handle_at kexec_load kexec_file_load init_module finit_module delete_module reboot swapon swapoff acct
  quotactl quotactl_fd syslog vhangup settimeofday clock_settime adjtimex clock_adjtime iopl ioperm chroot
  nfsservctl lookup_dcookie fanotify_init vmsplice set_mempolicy mbind move_pages`.split(/\s+/);

const high = 1n << 32n;
const allOnes = (1n << 64n) - 1n;

const cases: readonly (readonly [string, readonly (number | bigint)[], Verdict, string])[] = [
  ["socket", [1, 1, 0], "allow", "AF_UNIX stream"],
  ["socket", [1, 5 | 0x80000, 0], "allow", "AF_UNIX seqpacket, close-on-exec"],
  ["socket", [2, 1 | 0x80800, 6], "allow", "AF_INET TCP, non-blocking"],
  ["socket", [10, 2, 17], "allow", "AF_INET6 UDP"],
  ["socket", [16, 3, 0], "EPERM", "AF_NETLINK raw"],
  ["socket", [16, 2, 0], "EAFNOSUPPORT", "AF_NETLINK"],
  ["socket", [17, 2, 0], "EAFNOSUPPORT", "AF_PACKET"],
  ["socket", [38, 5, 0], "EAFNOSUPPORT", "AF_ALG"],
  ["socket", [40, 1, 0], "EAFNOSUPPORT", "AF_VSOCK"],
  ["socket", [40n | high, 1, 0], "EAFNOSUPPORT", "AF_VSOCK with a high bit"],
  ["socket", [1n | high, 1, 0], "allow", "AF_UNIX with a high bit, which the kernel drops"],
  ["socket", [2, 3, 1], "EPERM", "raw ICMP"],
  ["socket", [2, 3n | high, 255], "EPERM", "raw with a high bit"],
  ["socket", [2, 3 | 0x80000, 255], "EPERM", "raw, close-on-exec"],
  ["socket", [2, 10, 0], "EPERM", "SOCK_PACKET, which means AF_PACKET"],
  ["socket", [2, 1, 132], "EPROTONOSUPPORT", "SCTP"],
  ["socket", [2, 1, 262], "EPROTONOSUPPORT", "MPTCP"],
  ["socketpair", [1, 1], "allow", "AF_UNIX"],
  ["socketpair", [30, 1], "EAFNOSUPPORT", "AF_TIPC"],
  ["clone", [0x3d0f00], "allow", "a thread"],
  ["clone", [17], "allow", "fork"],
  ["clone", [0x4111], "allow", "vfork"],
  ...[0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000].flatMap((flag) => [
    ["clone", [flag | 17], "EPERM", `namespace flag ${flag.toString(16)}`] as const,
    ["clone", [BigInt(flag) | high], "EPERM", `namespace flag ${flag.toString(16)} with a high bit`] as const,
  ]),
  ["clone", [0x8011], "EPERM", "a child of one's parent"],
  ["clone", [0x8011n | high], "EPERM", "a child of one's parent, with a high bit"],
  ["clone3", [0, 88], "ENOSYS", "anything"],
  ["openat2", [-100, 0, 0, 24], "ENOSYS", "anything"],
  ["personality", [0], "allow", "PER_LINUX"],
  ["personality", [0xffffffff], "allow", "query"],
  ["personality", [allOnes], "allow", "query, sign-extended"],
  ["personality", [0x0040000], "EPERM", "ADDR_NO_RANDOMIZE"],
  ["personality", [8], "EPERM", "PER_LINUX32"],
  ["ioctl", [0, 0x5401], "allow", "TCGETS"],
  ["ioctl", [0, 0x5412], "EPERM", "TIOCSTI"],
  ["ioctl", [0, 0x5412n | high], "EPERM", "TIOCSTI with a high bit"],
  ["ioctl", [0, 0x541c], "EPERM", "TIOCLINUX"],
  ["ioctl", [0, 0x5423], "EPERM", "TIOCSETD"],
  ["seccomp", [1, 1], "allow", "a filter"],
  ["seccomp", [1, 8], "EPERM", "a filter with a listener"],
  ["seccomp", [1, 0x39n | high], "EPERM", "a filter with a listener among other flags"],
  ["chmod", [0, 0o755], "allow", "no set-id bit"],
  ["chmod", [0, 0o4755], "EPERM", "S_ISUID"],
  ["fchmod", [0, 0o2755], "EPERM", "S_ISGID"],
  ["fchmod", [0, 0o1777], "allow", "the sticky bit"],
  ["fchmodat", [0, 0, 0o4755n | high], "EPERM", "S_ISUID with a high bit"],
  ["fchmodat2", [0, 0, 0o6000, 0], "EPERM", "both"],
  ["creat", [0, 0o4755], "EPERM", "S_ISUID"],
  ["open", [0, 0o101, 0o644], "allow", "O_CREAT"],
  ["open", [0, 0o101, 0o4755], "EPERM", "O_CREAT with S_ISUID"],
  ["open", [0, 0, 0o4755], "allow", "no O_CREAT: the mode is not looked at"],
  ["openat", [0, 0, 0o100n | high, 0o4755], "EPERM", "O_CREAT with S_ISUID and a high bit"],
  ["openat", [0, 0, 0o20200002, 0o4755], "EPERM", "O_TMPFILE with S_ISUID"],
  ["mknod", [0, 0o100644], "allow", "a regular file"],
  ["mknod", [0, 0o010644], "allow", "a FIFO"],
  ["mknod", [0, 0o104755], "EPERM", "a set-uid file"],
  ["mknodat", [0, 0, 0o140644], "allow", "a socket"],
  ["mknodat", [0, 0, 0o020600], "EPERM", "a character device"],
  ["mknodat", [0, 0, 0o060600], "EPERM", "a block device"],
  ["mknodat", [0, 0, 0o060600n | high], "EPERM", "a block device with a high bit"],
];

describe.each<SeccompArch>(["x64", "arm64"])("the default profile on %s", (arch) => {
  for (const [name, args, verdict, meaning] of cases) {
    if (!syscallTable(arch).has(name)) continue;
    test(`${name}, ${meaning}: ${verdict}`, () => expect(verdictOf(arch, name, args)).toBe(verdict));
  }

  test("refuses with EPERM what no sandboxed program needs", () => {
    for (const name of refused) {
      if (syscallTable(arch).has(name)) expect(verdictOf(arch, name, []), name).toBe("EPERM");
    }
  });

  test("decides every known system call by name, so that a new one in the table is a decision", () => {
    const { allow, deny, absent, conditional } = defaultSeccompProfile;
    const decided = new Set([...allow, ...deny, ...absent, ...conditional.flatMap(({ names }) => names)]);
    expect([...syscallTable(arch).keys()].filter((name) => !decided.has(name))).toEqual([]);
  });
});

test("a filter's listener is refused by the kernel itself, whoever else is asked for refusals", () => {
  for (const arch of ["x64", "arm64"] as const) {
    const program = decode(compileSeccomp(defaultSeccompProfile, arch, "listener"));
    const run = (name: string, ...args: readonly bigint[]) =>
      interpret(program, {
        number: syscallTable(arch).get(name) ?? -1,
        arch: auditArch[arch],
        args: [0n, 0n, 0n, 0n, 0n, 0n].map((none, index) => args[index] ?? none),
      }).value;
    expect(run("seccomp", 1n, 8n)).toBe(returnValue.EPERM);
    expect(run("unshare")).not.toBe(returnValue.EPERM); // the control: others do ask
  }
});

const headers = spawnSync("cc", ["-E", "-dM", "-include", "asm/unistd.h", "-"], {
  input: "",
  encoding: "utf8",
});
const hasHeaders = headers.status === 0 && (process.arch === "x64" || process.arch === "arm64");

test.skipIf(!hasHeaders)(
  "the table has the numbers of this machine's kernel headers (skipped without cc)",
  () => {
    const table = syscallTable(process.arch === "arm64" ? "arm64" : "x64");
    const defined = [...headers.stdout.matchAll(/^#define __NR_(\w+) (\d+)$/gm)];
    expect(defined.length).toBeGreaterThan(250);
    const wrong = defined.filter(
      ([, name, number]) => name !== "syscalls" && table.get(name ?? "") !== Number(number),
    );
    expect(wrong.map(([line]) => line)).toEqual([]);
  },
);
