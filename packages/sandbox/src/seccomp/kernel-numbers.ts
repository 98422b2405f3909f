// sys/socket.h and linux/net.h
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
/** Beside the type, an argument holds flags such as SOCK_CLOEXEC. */
export const SOCK_TYPE_MASK = 0xf;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_SEQPACKET = 5;

// linux/sched.h
export const CLONE_THREAD = 0x10000;
/**
 * The parent of a command's process lies outside of the sandbox: it would be given a child that it does not know of, and
 * PID 1's end waits for every such child to be reaped.
 */
export const CLONE_PARENT = 0x8000;
/**
 * CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET. A namespace of one's own opens kernel code that is
 * otherwise for root. CLONE_NEWTIME is not among them: it lies in the bits that clone reads as the exit signal.
 */
const NAMESPACE_FLAGS = 0x7e020000;
/** What clone refuses under every profile. */
export const CLONE_REFUSED = NAMESPACE_FLAGS | CLONE_PARENT;
