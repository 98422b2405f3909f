import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  CLONE_REFUSED,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
  SOCK_TYPE_MASK,
} from "./kernel-numbers.ts";
import type { Comparison, ConditionalCalls } from "./profile.ts";

type ArgumentIndex = Comparison["argument"];

function equals(argument: ArgumentIndex, value: number): Comparison {
  return { argument, is: "equal", value };
}

function differs(argument: ArgumentIndex, value: number, mask?: number): Comparison {
  return { argument, is: "different", value, ...(mask === undefined ? {} : { mask }) };
}

function hasAny(argument: ArgumentIndex, bits: number): Comparison {
  return { argument, mask: bits, is: "different", value: 0 };
}

// linux/in.h
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;

/**
 * Each address family and each protocol is a kernel module of its own, and most that were broken from inside
 * a container (vsock, packet, netlink, alg, tipc, sctp, …) are none that programs here need. For AF_INET
 * SOCK_PACKET means AF_PACKET, so the types are listed, not excluded.
 */
const sockets: readonly ConditionalCalls[] = [
  {
    names: ["socket"],
    rules: [
      { when: [{ ...equals(1, SOCK_RAW), mask: SOCK_TYPE_MASK }], verdict: "EPERM" },
      { when: [equals(0, AF_UNIX)], verdict: "allow" },
      { when: [differs(0, AF_INET), differs(0, AF_INET6)], verdict: "EAFNOSUPPORT" },
      {
        when: [differs(1, SOCK_STREAM, SOCK_TYPE_MASK), differs(1, SOCK_DGRAM, SOCK_TYPE_MASK)],
        verdict: "EPERM",
      },
      {
        when: [differs(2, 0), differs(2, IPPROTO_TCP), differs(2, IPPROTO_UDP)],
        verdict: "EPROTONOSUPPORT",
      },
    ],
    otherwise: "allow",
  },
  {
    names: ["socketpair"],
    rules: [{ when: [equals(0, AF_UNIX)], verdict: "allow" }],
    otherwise: "EAFNOSUPPORT",
  },
];

const processes: readonly ConditionalCalls[] = [
  { names: ["clone"], rules: [{ when: [hasAny(0, CLONE_REFUSED)], verdict: "EPERM" }], otherwise: "allow" },
  {
    // Other execution domains switch hardening off (ADDR_NO_RANDOMIZE, READ_IMPLIES_EXEC, MMAP_PAGE_ZERO).
    names: ["personality"],
    rules: [
      { when: [equals(0, 0 /* PER_LINUX */)], verdict: "allow" },
      { when: [equals(0, 0xffffffff)], verdict: "allow" },
    ],
    otherwise: "EPERM",
  },
  {
    // A program may restrict itself further. But a listener of its own (SECCOMP_FILTER_FLAG_NEW_LISTENER) could let
    // through what this filter refuses by asking the launcher's: of two that ask, the later filter is asked.
    names: ["seccomp"],
    rules: [{ when: [hasAny(1, 1 << 3)], verdict: "final EPERM" }],
    otherwise: "allow",
  },
];

// linux/ioprio.h; sys/resource.h numbers the same from 0
const IOPRIO_WHO_PROCESS = 1;
const IOPRIO_WHO_USER = 3;
const PRIO_PROCESS = 0;
const PRIO_USER = 2;
const INIT = 1;

/**
 * PID 1 has the user id of what runs beside it, which may therefore set its limits and its share of the processor.
 * It must keep both: it is what ends the sandbox.
 */
const claimsOfInit: readonly ConditionalCalls[] = [
  {
    names: ["prlimit64", "sched_setaffinity", "sched_setattr", "sched_setparam", "sched_setscheduler"],
    rules: [{ when: [equals(0, INIT)], verdict: "EPERM" }],
    otherwise: "allow",
  },
  priorityRule("setpriority", PRIO_PROCESS, PRIO_USER),
  priorityRule("ioprio_set", IOPRIO_WHO_PROCESS, IOPRIO_WHO_USER),
];

function priorityRule(name: string, process: number, user: number): ConditionalCalls {
  return {
    names: [name],
    rules: [
      { when: [equals(0, process), equals(1, INIT)], verdict: "EPERM" },
      { when: [equals(0, user)], verdict: "EPERM" },
    ],
    otherwise: "allow",
  };
}

// asm-generic/ioctls.h
const TIOCSTI = 0x5412; // types into the terminal as if the user did
const TIOCLINUX = 0x541c; // pastes the console's selection: the same
const TIOCSETD = 0x5423; // loads line disciplines, kernel modules that have often been broken

const devices: readonly ConditionalCalls[] = [
  {
    names: ["ioctl"],
    rules: [TIOCSTI, TIOCLINUX, TIOCSETD].map((request) => ({
      when: [equals(1, request)],
      verdict: "EPERM",
    })),
    otherwise: "allow",
  },
];

// linux/fcntl.h
const F_SETLEASE = 1024;
const F_SETDELEG = 1040; // the same for directories, Linux 6.19

/**
 * Whoever opens a file that is leased waits for its holder, for up to 45 seconds (fcntl(2)): in a shared directory
 * that is the host, and each wait holds one of its threads.
 */
const leases: readonly ConditionalCalls[] = [
  {
    names: ["fcntl"],
    rules: [F_SETLEASE, F_SETDELEG].map((command) => ({ when: [equals(1, command)], verdict: "EPERM" })),
    otherwise: "allow",
  },
];

// linux/stat.h, asm-generic/fcntl.h; equal on x86-64 and arm64
const SET_ID_BITS = 0o6000; // S_ISUID | S_ISGID
const S_IFMT = 0o170000;
const S_IFCHR = 0o020000;
const S_IFBLK = 0o060000;
const O_CREAT_OR_TMPFILE = 0o100 | 0o20000000; // O_CREAT, and the bit of O_TMPFILE that O_DIRECTORY lacks

function modeRule(names: readonly string[], mode: ArgumentIndex): ConditionalCalls {
  return { names, rules: [{ when: [hasAny(mode, SET_ID_BITS)], verdict: "EPERM" }], otherwise: "allow" };
}

function openRule(name: string, flags: ArgumentIndex, mode: ArgumentIndex): ConditionalCalls {
  const when = [hasAny(flags, O_CREAT_OR_TMPFILE), hasAny(mode, SET_ID_BITS)];
  return { names: [name], rules: [{ when, verdict: "EPERM" }], otherwise: "allow" };
}

function nodeRule(name: string, mode: ArgumentIndex): ConditionalCalls {
  const isType = (value: number): Comparison => ({ argument: mode, mask: S_IFMT, is: "equal", value });
  return {
    names: [name],
    rules: [
      { when: [hasAny(mode, SET_ID_BITS)], verdict: "EPERM" },
      { when: [isType(S_IFCHR)], verdict: "EPERM" },
      { when: [isType(S_IFBLK)], verdict: "EPERM" },
    ],
    otherwise: "allow",
  };
}

/**
 * No set-id file may be left in a directory that the host sees: outside, it would run with the rights of
 * whoever owns it there. (mkdir needs no rule: the kernel drops these bits from its mode.)
 */
const files: readonly ConditionalCalls[] = [
  modeRule(["chmod", "fchmod", "creat"], 1),
  modeRule(["fchmodat", "fchmodat2"], 2),
  openRule("open", 1, 2),
  openRule("openat", 2, 3),
  nodeRule("mknod", 1),
  nodeRule("mknodat", 2),
];

/** The argument rules of the default profile. */
export const defaultRules: readonly ConditionalCalls[] = [
  ...sockets,
  ...processes,
  ...claimsOfInit,
  ...devices,
  ...leases,
  ...files,
];
