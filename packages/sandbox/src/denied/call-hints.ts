import {
  defaultSeccompProfile,
  type SeccompProfile,
  strictSeccompProfile,
  whyNeverAllowed,
} from "../seccomp/index.ts";
import { AF_INET, AF_INET6, AF_NETLINK, CLONE_PARENT, CLONE_REFUSED } from "../seccomp/kernel-numbers.ts";
import type { ArgumentWords } from "./call-arguments.ts";

const process = "no new process is started inside under the strict profile; threads and exec are";
const setId = "no file gets a set-id bit here, which would count outside; leave it out of the mode";
const init = "PID 1 ends the sandbox and keeps its limits and its processor time; name another process";
const ownNamespaces =
  "no namespaces inside: a container or a sandbox of a program's own does not start; switch it off (for example --no-sandbox)";

function cloneHint([flags]: ArgumentWords): string {
  return (flags & CLONE_PARENT) === 0
    ? ownNamespaces
    : "a process is its maker's child, not its sibling: the parent may lie outside; leave CLONE_PARENT out";
}

function socketHint([family]: ArgumentWords): string {
  if (family === AF_NETLINK)
    return "the network's interfaces are not listed: `ip` and os.networkInterfaces() do not work; name 127.0.0.1";
  if (family === AF_INET || family === AF_INET6)
    return "only TCP and UDP: neither raw sockets, as ping has them, nor other protocols";
  return "only sockets of the families AF_UNIX, AF_INET and AF_INET6";
}

/** What to do instead, for calls that programs are known to try. */
const hints: Readonly<Record<string, string | ((words: ArgumentWords) => string)>> = {
  socket: socketHint,
  socketpair: "only pairs of AF_UNIX",
  clone: cloneHint,
  unshare: ownNamespaces,
  setns: ownNamespaces,
  io_uring_setup:
    "not to be had, since what is done by it no filter sees; Node asks for it at each start and does without, and so do most programs",
  ioctl: "nobody types into a terminal but its user, and no line discipline is loaded",
  fcntl:
    "no leases: whoever opens a leased file outside would wait for this program; use flock or an OFD lock",
  personality:
    "other execution domains switch hardening off; a debugger runs with address randomisation left on",
  chmod: setId,
  fchmod: setId,
  fchmodat: setId,
  fchmodat2: setId,
  creat: setId,
  open: setId,
  openat: setId,
  mknod: "no devices are made here, and no set-id files",
  mknodat: "no devices are made here, and no set-id files",
  prlimit64: init,
  sched_setaffinity: init,
  sched_setattr: init,
  sched_setparam: init,
  sched_setscheduler: init,
  setpriority: init,
  ioprio_set: init,
};

const strictHints: Readonly<Record<string, string>> = {
  fork: process,
  vfork: process,
  clone: process,
};

const strictSockets = ["socket", "socketpair", "bind", "listen", "connect", "accept", "accept4"];
const fromStrict = 'use seccomp: "default", or allow it by name';

/**
 * @param words the call's arguments
 * @param profile the sandbox's
 */
export function hintFor(name: string, words: ArgumentWords, profile: SeccompProfile): string {
  const strict = profile.name.endsWith("strict");
  const { deny } = strict ? strictSeccompProfile : defaultSeccompProfile;
  if (profile.deny.includes(name) && !deny.includes(name))
    return "seccomp.deny names it: where it is needed, take it out of there";
  if (strict) {
    const always = name === "clone" && (words[0] & CLONE_REFUSED) !== 0;
    if (strictHints[name] !== undefined && !always) return `${strictHints[name]}; ${fromStrict}`;
    if (strictSockets.includes(name) && (name !== "socket" || words[0] <= AF_INET6))
      return `no sockets under the strict profile but the two ends of a stream pair; ${fromStrict}`;
  }
  const never = whyNeverAllowed(name);
  const hint = hints[name];
  if (hint !== undefined) return typeof hint === "string" ? hint : hint(words);
  if (never !== undefined) return `no profile may allow it: ${never}`;
  return `where it is needed, allow it by seccomp: { extends: "default", allow: ["${name}"] }`;
}
