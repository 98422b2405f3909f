import type { LivingSandbox } from "../living-sandbox.ts";
import type { Operation } from "../policy/encode-policy.ts";
import { commandIds } from "../policy/ids.ts";
import { seccompHex } from "../policy/seccomp-hex.ts";
import { AF_INET, AF_INET6, SOCK_STREAM, SOCK_TYPE_MASK } from "../seccomp/kernel-numbers.ts";
import type { SeccompProfile } from "../seccomp/profile.ts";

/** Descriptors of the process that dials, beside those that every launcher has. */
const dialDescriptors = { launcherProc: 5, channel: 6 } as const;

/** What connects, and passes on what is connected. All else fails as on a kernel that has nothing else. */
const dialProfile: SeccompProfile = {
  name: "dial",
  allow: [
    ..."read write recvfrom sendto recvmsg sendmsg close poll ppoll connect".split(" "),
    ..."getsockopt setsockopt getsockname getpeername exit exit_group rt_sigreturn restart_syscall".split(
      " ",
    ),
  ],
  deny: [],
  absent: [],
  conditional: [
    {
      names: ["socket"],
      rules: [
        {
          when: [
            { argument: 0, is: "different", value: AF_INET },
            { argument: 0, is: "different", value: AF_INET6 },
          ],
          verdict: "EPERM",
        },
        {
          when: [{ argument: 1, mask: SOCK_TYPE_MASK, is: "different", value: SOCK_STREAM }],
          verdict: "EPERM",
        },
      ],
      otherwise: "allow",
    },
  ],
};

/** Numbers of rlimits: asm-generic/resource.h. */
const rlimit = { fsize: "1", nproc: "6", nofile: "7" } as const;
/** MAX_CONNECTIONS of `native/dial.h`, and the lines. */
const maxOpenFiles = "1040";

/** What the launcher applies to the process that connects to a sandbox's ports. */
export function dialPolicy(living: LivingSandbox): Operation[] {
  return [
    ...commandIds(living),
    ["namespaces", String(dialDescriptors.launcherProc)],
    ["descriptor", String(dialDescriptors.channel), ""],
    ["rlimit", rlimit.fsize, "0"],
    ["rlimit", rlimit.nproc, "0"],
    ["rlimit", rlimit.nofile, maxOpenFiles],
    ["seccomp", seccompHex(dialProfile, "kernel")],
  ];
}
