import { defaultSeccompProfile } from "./default-profile.ts";
import {
  AF_UNIX,
  CLONE_REFUSED,
  CLONE_THREAD,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOCK_TYPE_MASK,
} from "./kernel-numbers.ts";
import type { ConditionalCalls, SeccompProfile } from "./profile.ts";
import { redecide } from "./redecide.ts";

const conditional: readonly ConditionalCalls[] = [
  {
    names: ["clone"],
    rules: [
      { when: [{ argument: 0, mask: CLONE_REFUSED, is: "different", value: 0 }], verdict: "EPERM" },
      { when: [{ argument: 0, mask: CLONE_THREAD, is: "equal", value: 0 }], verdict: "EPERM" },
    ],
    otherwise: "allow",
  },
  {
    // A datagram socket of a pair may still send to any address (unix(7)), and AF_UNIX takes SOCK_RAW for SOCK_DGRAM.
    names: ["socketpair"],
    rules: [
      { when: [{ argument: 0, is: "different", value: AF_UNIX }], verdict: "EAFNOSUPPORT" },
      { when: [{ argument: 1, mask: SOCK_TYPE_MASK, is: "equal", value: SOCK_STREAM }], verdict: "allow" },
      { when: [{ argument: 1, mask: SOCK_TYPE_MASK, is: "equal", value: SOCK_SEQPACKET }], verdict: "allow" },
    ],
    otherwise: "EPERM",
  },
];

/**
 * For one program that works on its files and its channel: no process beyond those that the host starts (threads and
 * exec stay, so Node and Python run), and no socket that is not one end of a pair.
 */
export const strictSeccompProfile: SeccompProfile = redecide(defaultSeccompProfile, "strict", {
  deny: ["fork", "vfork", "socket", "bind", "listen", "connect", "accept", "accept4"],
  conditional,
});
