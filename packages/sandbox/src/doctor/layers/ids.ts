import { pairRanges, parseSubordinate } from "../../policy/subordinate-ids.ts";
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
  const lack = subordinateLack(host);
  return lack === undefined
    ? ok(`${own}; ids: "subordinate" can give another of ${subordinateCount(host)} to each sandbox`)
    : limited(`${own}; ids: "subordinate" cannot be had: ${lack.detail}`, lack.fix);
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

function subordinateCount({ read, uid, userName: name }: Host): number {
  if (name === undefined) return 0;
  const [uids = [], gids = []] = ["/etc/subuid", "/etc/subgid"].map((path) =>
    parseSubordinate(read(path) ?? "", { name, uid }),
  );
  return pairRanges(uids, gids).reduce((sum, { count }) => sum + count, 0);
}

function subordinateLack(host: Host): { detail: string; fix: string } | undefined {
  if (host.userName === undefined)
    return { detail: "this user has no name", fix: "add an entry for it to /etc/passwd" };
  if (!host.hasProgram("newuidmap") || !host.hasProgram("newgidmap"))
    return { detail: "no newuidmap", fix: "sudo apt-get install uidmap (Fedora: shadow-utils)" };
  if (subordinateCount(host) === 0) {
    const range = "--add-subuids 100000-165535 --add-subgids 100000-165535";
    return {
      detail: "no range in /etc/subuid and /etc/subgid",
      fix: `sudo usermod ${range} ${host.userName}`,
    };
  }
  if (ownStatus(host, "NoNewPrivs") === "1")
    return {
      detail: "newuidmap gains no rights here",
      fix: "run without no_new_privs (NoNewPrivileges=no in a unit)",
    };
  return undefined;
}
