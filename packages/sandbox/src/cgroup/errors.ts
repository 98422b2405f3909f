import { SandboxError } from "../errors.ts";

/**
 * Limits cannot be had from this kernel's control groups: nothing is mounted, nothing is writable, or the
 * controller that a limit needs is not there. The message names which, and the fix.
 */
export class CgroupUnavailableError extends SandboxError {
  readonly code = "CGROUP_UNAVAILABLE";
}

/** A group could not be frozen, emptied or removed within its time bound. */
export class CgroupBusyError extends SandboxError {
  readonly code = "CGROUP_BUSY";
}

/** A group's name or a limit is not what the interface allows. */
export class CgroupOptionError extends SandboxError {
  readonly code = "CGROUP_OPTION";
}

/** What gives an ordinary user or a container a subtree of its own. */
export const cgroupFix =
  "run as root, under `systemd-run --user --scope -p Delegate=yes COMMAND`, in a systemd unit with Delegate=yes, " +
  "or in a container whose /sys/fs/cgroup is writable (with Docker: --privileged, or a writable mount of it)";

/** The same, where one can do without. */
export const delegationFix = `${cgroupFix}; or let rlimits hold what they can: enforce: "best-effort"`;

/** What gives it a controller that is not among those delegated by default. */
export function controllerFix(controller: string): string {
  return `${delegationFix}; where a user's manager does not pass "${controller}" on: systemctl edit user@.service, [Service] Delegate=cpu io memory pids`;
}
