import { AF_INET, AF_INET6, SOCK_TYPE_MASK } from "../seccomp/kernel-numbers.ts";

/** Low words of a refused call's first four arguments, 32-bit unsigned. */
export type ArgumentWords = readonly [number, number, number, number];

/** Names of sys/socket.h by number; what a program may ask for by mistake or by malice. */
const families: Readonly<Record<number, string>> = {
  0: "AF_UNSPEC",
  1: "AF_UNIX",
  2: "AF_INET",
  3: "AF_AX25",
  4: "AF_IPX",
  9: "AF_X25",
  10: "AF_INET6",
  15: "AF_KEY",
  16: "AF_NETLINK",
  17: "AF_PACKET",
  21: "AF_RDS",
  26: "AF_LLC",
  29: "AF_CAN",
  30: "AF_TIPC",
  31: "AF_BLUETOOTH",
  33: "AF_RXRPC",
  38: "AF_ALG",
  39: "AF_NFC",
  40: "AF_VSOCK",
  41: "AF_KCM",
  42: "AF_QIPCRTR",
  43: "AF_SMC",
  44: "AF_XDP",
};
const types: Readonly<Record<number, string>> = {
  1: "SOCK_STREAM",
  2: "SOCK_DGRAM",
  3: "SOCK_RAW",
  4: "SOCK_RDM",
  5: "SOCK_SEQPACKET",
  10: "SOCK_PACKET",
};
/** asm-generic/ioctls.h */
const requests: Readonly<Record<number, string>> = {
  21522: "TIOCSTI",
  21532: "TIOCLINUX",
  21539: "TIOCSETD",
};
/** linux/fcntl.h */
const lockCommands: Readonly<Record<number, string>> = { 1024: "F_SETLEASE", 1040: "F_SETDELEG" };
/** linux/sched.h */
const cloneFlags: readonly (readonly [number, string])[] = [
  [0x8000, "CLONE_PARENT"],
  [0x20000, "CLONE_NEWNS"],
  [0x2000000, "CLONE_NEWCGROUP"],
  [0x4000000, "CLONE_NEWUTS"],
  [0x8000000, "CLONE_NEWIPC"],
  [0x10000000, "CLONE_NEWUSER"],
  [0x20000000, "CLONE_NEWPID"],
  [0x40000000, "CLONE_NEWNET"],
];

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

function mode(value: number): string {
  return `mode 0${(value & 0o177777).toString(8)}`;
}

function socket([family, type, protocol]: ArgumentWords): string {
  const name = families[family] ?? `family ${family}`;
  if (family !== AF_INET && family !== AF_INET6) return name;
  const kind = types[type & SOCK_TYPE_MASK] ?? `type ${type & SOCK_TYPE_MASK}`;
  return `${name}, ${kind}${protocol === 0 ? "" : `, protocol ${protocol}`}`;
}

function socketpair([family, type]: ArgumentWords): string {
  return `${families[family] ?? `family ${family}`}, ${types[type & SOCK_TYPE_MASK] ?? `type ${type & SOCK_TYPE_MASK}`}`;
}

function namespaces([flags]: ArgumentWords): string {
  return cloneFlags
    .filter(([bit]) => (flags & bit) !== 0)
    .map(([, name]) => name)
    .join(" | ");
}

const target = () => "of PID 1";

const describers: Readonly<Record<string, (words: ArgumentWords) => string>> = {
  socket,
  socketpair,
  clone: namespaces,
  unshare: namespaces,
  ioctl: ([, request]) => requests[request] ?? hex(request),
  fcntl: ([, command]) => lockCommands[command] ?? String(command),
  personality: ([persona]) => hex(persona),
  chmod: (words) => mode(words[1]),
  fchmod: (words) => mode(words[1]),
  creat: (words) => mode(words[1]),
  mknod: (words) => mode(words[1]),
  fchmodat: (words) => mode(words[2]),
  fchmodat2: (words) => mode(words[2]),
  open: (words) => mode(words[2]),
  mknodat: (words) => mode(words[2]),
  openat: (words) => mode(words[3]),
  prlimit64: target,
  sched_setaffinity: target,
  sched_setattr: target,
  sched_setparam: target,
  sched_setscheduler: target,
};

/** A call as a reader knows it: `socket(AF_VSOCK)`, `ioctl(TIOCSTI)`, `ptrace`. */
export function describeCall(name: string, words: ArgumentWords): string {
  const described = describers[name]?.(words) ?? "";
  return described === "" ? name : `${name}(${described})`;
}
