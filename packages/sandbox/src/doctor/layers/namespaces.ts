import type { Act } from "../act.ts";
import { type Finding, missing, ok, sysctl, tell, unknown } from "../findings.ts";
import type { Host } from "../host.ts";
import { containerFix, containerOf } from "../surroundings.ts";

/** The namespaces beside the user's and the mounts', and the switch that bounds each. */
const kinds: readonly { readonly name: string; readonly act: Act; readonly limit: string }[] = [
  { name: "pid", act: "pid namespace", limit: "user.max_pid_namespaces" },
  { name: "ipc", act: "ipc namespace", limit: "user.max_ipc_namespaces" },
  { name: "uts", act: "uts namespace", limit: "user.max_uts_namespaces" },
  { name: "network", act: "network namespace", limit: "user.max_net_namespaces" },
  { name: "cgroup", act: "cgroup namespace", limit: "user.max_cgroup_namespaces" },
];

/** All but the user namespace. */
export function checkNamespaces(host: Host): Finding {
  if (host.tried("id map").outcome !== "done") return unknown("ids");
  const failed = kinds.filter(({ act }) => host.tried(act).outcome !== "done");
  if (failed.length === 0) return ok(`mount, ${kinds.map(({ name }) => name).join(", ")}`);
  const detail = failed.map(({ name, act }) => `${name}: ${tell(host.tried(act))}`).join("; ");
  const full = failed.filter(({ limit }) => host.read(`/proc/sys/${limit.replaceAll(".", "/")}`) === "0");
  if (full.length > 0)
    return missing(detail, sysctl(Object.fromEntries(full.map(({ limit }) => [limit, 15_000]))));
  return missing(
    detail,
    containerOf(host) === undefined
      ? "use a kernel with CONFIG_PID_NS, CONFIG_IPC_NS, CONFIG_UTS_NS, CONFIG_NET_NS and CONFIG_CGROUPS"
      : containerFix(host),
  );
}
