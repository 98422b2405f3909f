import { type Finding, limited, missing, ok, tell, unknown } from "../findings.ts";
import type { Host } from "../host.ts";
import { containerFix, containerOf, ownStatus } from "../surroundings.ts";

/** Numbers of capabilities: linux/capability.h. */
const neededByRoot = { CAP_SETGID: 6, CAP_SETUID: 7, CAP_SYS_ADMIN: 21 } as const;

/** Under which kernel ids sandboxes run. */
export function checkIds(host: Host): Finding {
  if (host.tried("user namespace").outcome !== "done") return unknown("user namespaces");
  const mapped = host.tried("id map");
  if (mapped.outcome !== "done") return missing(tell(mapped), fixFor(host));
  if (host.uid === 0) return ok("root: every sandbox has a kernel id of its own, which nothing else uses");
  const own = `uid 1000 inside is this user's own id ${host.uid}`;
  return hasRange(host)
    ? ok(`${own}; /etc/subuid gives ranges for ids: "subordinate"`)
    : limited(`${own}; no range of subordinate ids`, rangeFix(host));
}

function lacks(host: Host): readonly string[] {
  const effective = BigInt(`0x${ownStatus(host, "CapEff") ?? "0"}`);
  return Object.entries(neededByRoot).flatMap(([name, number]) =>
    effective & (1n << BigInt(number)) ? [] : [name],
  );
}

function fixFor(host: Host): string {
  const container =
    containerOf(host) === undefined ? [] : ["or give the container its rights:", containerFix(host)];
  if (host.uid !== 0) return containerFix(host);
  const lacking = lacks(host);
  return lacking.length > 0
    ? [`run as an ordinary user, or as root with ${lacking.join(", ")}`, ...container].join("\n")
    : "this is root of a user namespace to which too few ids are mapped: run as an ordinary user, or map ids from 1879048192 on";
}

/** Names in /etc/passwd may be given ranges, or numbers. */
function hasRange({ read, uid, hasProgram }: Host): boolean {
  const [, name = ""] = new RegExp(`^([^:]*):[^:]*:${uid}:`, "m").exec(read("/etc/passwd") ?? "") ?? [];
  const listed = (path: string) => {
    const owners = (read(path) ?? "").split("\n").map((line) => line.split(":")[0]);
    return owners.includes(String(uid)) || (name !== "" && owners.includes(name));
  };
  return hasProgram("newuidmap") && hasProgram("newgidmap") && listed("/etc/subuid") && listed("/etc/subgid");
}

function rangeFix({ hasProgram }: Host): string {
  const install = hasProgram("newuidmap") ? "" : "sudo apt-get install uidmap (Fedora: shadow-utils), then ";
  return `for ids: "subordinate": ${install}sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $USER`;
}
