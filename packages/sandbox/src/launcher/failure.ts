import { SandboxStartError } from "../errors.ts";
import type { LauncherFailure } from "./status.ts";

const userNamespaceFix =
  "allow user namespaces: sysctl user.max_user_namespaces=15000; on Debian kernels also kernel.unprivileged_userns_clone=1; " +
  "on Ubuntu 23.10 and later an AppArmor profile with `userns,` for this program; in a container run it with its own user namespace allowed";

/** What to do about a step's failure, by the step's name in `native/`. */
const fixes: Readonly<Record<string, string>> = {
  clone: userNamespaceFix,
  "id map": "map ids as root with CAP_SETUID and CAP_SETGID, or run as an ordinary user",
  ids: "run as an ordinary user, or as root with CAP_SYS_ADMIN, CAP_SETUID and CAP_SETGID",
  cgroup: "the control group is gone or not writable any more; see the fix of limits in the documentation",
  "oom watch":
    'the control group does not tell when its memory is used up; leave out limits.oomKill: "sandbox", or use cgroup v2',
  "id helper":
    "/etc/subuid and /etc/subgid must give this user the ids, newuidmap and newgidmap must be set-user-id root, and this process must not run with no_new_privs",
  "id lock":
    "the directory in which ids are kept apart must be this user's own and writable by nobody else; remove or correct it",
  "ids used up": "every id of the range is a living sandbox's: end some, or make the range larger",
  "mount access":
    'an id of ids: "subordinate" is another than yours: let everybody do with the directory what it is mounted for (chmod o+rwX), or use ids: "auto"',
  disk: "what is in the writable mounts cannot be counted, so limits.diskMb cannot be held: make it readable for this user, mount a smaller directory, or leave the limit out",
  "mount id map":
    "this file system cannot show its files under other ids (idmapped mounts); keep the directory on ext4 or xfs (btrfs from Linux 5.15, tmpfs from 6.3), or give the tree to an id of its own (chown -R 1900000000:1900000000) and the sandbox that id (ids: { first: 1900000000, count: 1 })",
  launcher: "raise the limit that ended it; where none did, npx @cloison/sandbox doctor tells more",
  descriptor: "raise the limit of open files (ulimit -n), or keep fewer sandboxes",
  spawn: "raise the limits of open files and processes (ulimit -n, ulimit -u), or keep fewer sandboxes",
  "mount below source":
    "other file systems are mounted below this directory, and an ordinary user cannot leave them out; mount their directories one by one",
  "mount source": "check that the path exists and that this user may read it",
  "new file system": "inside a container, /proc must be fully visible: run it without masked paths",
  seal: "make a sandbox before a command is run in it; if you did, please report this",
  keyring: "raise kernel.keys.maxkeys, or run fewer sandboxes under this user",
  terminal:
    "the sandbox has as many terminals open as it may, or the host has (sysctl kernel.pty.max): end some",
  seccomp: "the kernel needs CONFIG_SECCOMP_FILTER",
  overlay:
    "layers need overlayfs (modprobe overlay), a root on at most one overlay, and an upper directory on ext4, xfs, btrfs or tmpfs, as root with Linux 5.19 or later; do without rootfs and writableSystem where they cannot be had",
  "upper in use":
    "another living sandbox writes to this directory; give each sandbox its own writableSystem.directory",
  "mount attach":
    "a mount's target is not a directory or file of the root; choose another target, or another writableSystem.directory if an earlier sandbox has changed this one",
  "mount attributes": "Linux 5.12 or later is needed",
  "mount clone": "Linux 5.2 or later is needed",
};

const processesFix =
  "no process more may be made: raise limits.pids or end some commands; outside the sandbox it is the user's limit (ulimit -u) or the host's";

function fixOf({ step, errno }: LauncherFailure): string {
  if (step === "clone" && errno === "EAGAIN") return processesFix;
  return fixes[step] ?? "this machine refuses a layer of the sandbox: npx @cloison/sandbox doctor tells more";
}

export function startError(failure: LauncherFailure, cause?: unknown): SandboxStartError {
  const fix = fixOf(failure);
  const what = failure.detail === "" ? failure.step : `${failure.step} (${failure.detail})`;
  return new SandboxStartError(`the sandbox could not start: ${what} failed with ${failure.errno}; ${fix}`, {
    step: failure.step,
    errno: failure.errno,
    cause,
  });
}
