import { type Finding, limited, missing, ok, sysctl, tell, unknown } from "../findings.ts";
import type { Host } from "../host.ts";
import { containerFix, containerOf } from "../surroundings.ts";
import { manySandboxes } from "./capacity.ts";

/** A session keyring of its own keeps the host's keys from each sandbox. */
export function checkKeyring(host: Host): Finding {
  const attempt = host.tried("keyring");
  if (attempt.outcome === "untried") return unknown("launcher");
  if (attempt.outcome === "failed" && attempt.errno !== "EDQUOT")
    return missing(
      tell(attempt),
      containerOf(host) === undefined ? "use a kernel with CONFIG_KEYS=y" : containerFix(host),
    );
  if (host.uid === 0) return ok("every sandbox has a quota of keys of its own");
  const { used, most } = quotaOf(host);
  const free = Math.max(0, most - used);
  const detail = `this user has ${used} of ${most} keys; each sandbox takes one`;
  const fix = sysctl({
    "kernel.keys.maxkeys": 4 * manySandboxes,
    "kernel.keys.maxbytes": 100 * 4 * manySandboxes,
  });
  if (attempt.outcome === "failed") return missing(detail, fix);
  return free >= manySandboxes ? ok(detail) : limited(`${detail}: room for ${free}`, fix);
}

/** Lines `uid: usage nkeys/nikeys qnkeys/maxkeys qnbytes/maxbytes` (proc_key_users(5)). */
function quotaOf({ read, uid }: Host): { used: number; most: number } {
  const line = new RegExp(`^\\s*${uid}:\\s+\\S+\\s+\\S+\\s+(\\d+)/(\\d+)`, "m").exec(
    read("/proc/key-users") ?? "",
  );
  const most = Number(line?.[2] ?? read("/proc/sys/kernel/keys/maxkeys") ?? 200);
  return { used: Number(line?.[1] ?? 0), most };
}
