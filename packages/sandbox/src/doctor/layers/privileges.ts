import { type Finding, limited, missing, ok, tell, unknown } from "../findings.ts";
import type { Host } from "../host.ts";
import { containerFix, containerOf, ownStatus } from "../surroundings.ts";

/** That nothing inside can gain a privilege. */
export function checkPrivileges(host: Host): Finding {
  if (host.read("/proc/self/status") === undefined)
    return missing("/proc is not mounted", "sudo mount -t proc proc /proc");
  const already =
    ownStatus(host, "NoNewPrivs") === "1" ? "; no_new_privs holds for this process already" : "";
  return ok(`all five capability sets are emptied inside, under no_new_privs${already}`);
}

/** The filter of system calls. */
export function checkSeccomp(host: Host): Finding {
  const attempt = host.tried("seccomp filter");
  if (attempt.outcome === "untried") return unknown("launcher");
  if (attempt.outcome !== "done") {
    return missing(
      tell(attempt),
      containerOf(host) === undefined ? "use a kernel with CONFIG_SECCOMP_FILTER=y" : containerFix(host),
    );
  }
  const actions = host.read("/proc/sys/kernel/seccomp/actions_avail");
  return ok(`the filter for ${host.arch} is accepted${actions === undefined ? "" : `; actions: ${actions}`}`);
}

/** By which a result tells why a call was refused. */
export function checkNotifications(host: Host): Finding {
  const attempt = host.tried("seccomp notification");
  if (attempt.outcome === "untried") return unknown("launcher");
  if (attempt.outcome === "done") return ok("refused system calls can be told by name");
  const detail = `${tell(attempt)}: system calls are refused as ever, and not told by name`;
  return attempt.errno === "EBUSY"
    ? limited(
        detail,
        "whoever runs this process listens to its calls already (a container manager's seccomp notify): run without that",
      )
    : limited(detail, "use Linux 5.0 or later");
}
