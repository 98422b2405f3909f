import { type Finding, limited, missing, ok, tell, unknown } from "../findings.ts";
import type { Host } from "../host.ts";

export interface Proof {
  readonly finding: Finding;
  readonly ran: boolean;
  readonly bestEffortOnly: boolean;
}

/**
 * What `writableSystem` is made of, and that it works: it is a sandbox's most demanding use of the file system.
 * Where no sandbox runs at all, the overlay alone has been tried.
 */
export async function checkWritableSystem(host: Host, { ran, bestEffortOnly }: Proof): Promise<Finding> {
  if (host.tried("tmpfs").outcome !== "done") return unknown("mounts");
  const attempt = host.tried("overlay");
  if (attempt.outcome !== "done") {
    return limited(
      `${tell(attempt)}: writableSystem cannot be had`,
      attempt.outcome === "failed" && attempt.errno === "ENODEV"
        ? "sudo modprobe overlay && echo overlay | sudo tee /etc/modules-load.d/overlay.conf"
        : "use Linux 5.11 or later, which lets user namespaces mount overlays",
    );
  }
  if (!ran) return ok("overlays can be mounted");
  const trial = await host.trySandbox({
    enforce: bestEffortOnly ? "best-effort" : "required",
    writableSystem: true,
  });
  return trial.ran
    ? ok("a sandbox has changed a system of its own")
    : limited(
        `writableSystem cannot be had: ${trial.detail}`,
        "use Linux 6.1 or later, with /usr on ext4, xfs or btrfs",
      );
}

/** The last word: a sandbox is made for real, at first as by default. */
export async function proveSandbox(host: Host): Promise<Proof> {
  const required = await host.trySandbox({ enforce: "required" });
  if (required.ran) return { finding: ok(required.detail), ran: true, bestEffortOnly: false };
  const best = required.wantsCgroup ? await host.trySandbox({ enforce: "best-effort" }) : required;
  if (best.ran) {
    const detail = `${best.detail}, with enforce: "best-effort": rlimits bound each process, nothing bounds all together`;
    return { finding: limited(detail, "first: limits"), ran: true, bestEffortOnly: true };
  }
  return {
    finding: missing(best.detail, "see the first layer above that is missing"),
    ran: false,
    bestEffortOnly: false,
  };
}
