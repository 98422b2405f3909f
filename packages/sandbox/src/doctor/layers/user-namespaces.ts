import { appArmorFix } from "../apparmor.ts";
import { type Finding, missing, ok, sysctl, tell, unknown } from "../findings.ts";
import type { Host } from "../host.ts";
import { containerFix, containerOf, ownStatus, sysctlNumber } from "../surroundings.ts";

const enough = 15_000;

/** Whether this process may make a user namespace, and be privileged in it. */
export function checkUserNamespaces(host: Host): Finding {
  const made = host.tried("user namespace");
  if (made.outcome === "untried") return unknown("launcher");
  const inside = host.tried("privileges inside");
  const most = sysctlNumber(host, "user.max_user_namespaces");
  // A lack of ids is told by the layer of that name.
  const isForIds = inside.outcome === "failed" && (inside.step === "ids" || inside.step === "id map");
  if (made.outcome === "done" && (inside.outcome === "done" || isForIds))
    return ok(most === undefined ? "can be made" : `can be made, up to ${most}`);
  const failed = made.outcome === "done" ? inside : made;
  return missing(tell(failed), fixFor(host, failed.outcome === "failed" ? failed.errno : ""));
}

/** The first cause that fits, from the plainest to the vaguest. */
function fixFor(host: Host, errno: string): string {
  const most = sysctlNumber(host, "user.max_user_namespaces");
  if (host.read("/proc/self/ns/user") === undefined && !host.list("/proc/self/ns").includes("user"))
    return "this kernel was built without user namespaces: use one with CONFIG_USER_NS=y";
  if (most === 0 || errno === "ENOSPC" || errno === "EUSERS")
    return sysctl({ "user.max_user_namespaces": Math.max(enough, 2 * (most ?? 0)) });
  if (host.uid !== 0 && sysctlNumber(host, "kernel.unprivileged_userns_clone") === 0)
    return sysctl({ "kernel.unprivileged_userns_clone": 1 });
  const contained = containerOf(host) !== undefined || ownStatus(host, "Seccomp") === "2";
  const restricted =
    host.uid !== 0 && sysctlNumber(host, "kernel.apparmor_restrict_unprivileged_userns") === 1;
  if (restricted && !contained)
    return appArmorFix("path" in host.launcher ? host.launcher.path : "cloison-launcher");
  if (host.read("/proc/self/uid_map") === "")
    return "this process's id is not mapped in the user namespace it is in: start that with unshare --map-current-user";
  if (contained) {
    // A profile inside of a container is never loaded: the machine's own setting counts.
    const outside = sysctl({ "kernel.apparmor_restrict_unprivileged_userns": 0 });
    return restricted ? `${containerFix(host)}\nand on the machine itself: ${outside}` : containerFix(host);
  }
  return "a security module or a chroot refuses them: see `sudo dmesg | tail`, and run outside of a chroot";
}
