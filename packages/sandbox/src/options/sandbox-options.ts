import { SandboxOptionError } from "../errors.ts";
import { parseTimeout } from "../life/timeout.ts";
import type { SeccompProfile } from "../seccomp/index.ts";
import type { IdsOption, SandboxOptions } from "../types.ts";
import { createChecks } from "./checks.ts";
import { parseOnEvent } from "./event-options.ts";
import { parseIds } from "./ids-option.ts";
import { type ParsedLimits, parseLimits } from "./limits.ts";
import { type ParsedMount, parseMounts } from "./mounts.ts";
import { checkUpperApart, parseRootfs, parseWritableSystem, type WritableSystem } from "./root-options.ts";
import { parseSeccomp } from "./seccomp-option.ts";
import { parseFrom, parseSnapshotStore } from "./snapshot-options.ts";

/** Options with every default filled in. */
export interface ParsedOptions {
  readonly mounts: readonly ParsedMount[];
  readonly limits: ParsedLimits;
  /** "host", or the resolved path of a directory. */
  readonly rootfs: string;
  readonly writableSystem: WritableSystem | undefined;
  readonly ids: IdsOption;
  readonly enforce: "required" | "best-effort";
  readonly hostname: string;
  readonly seccomp: SeccompProfile;
  readonly timeoutMs: number | undefined;
  readonly onTimeout: "kill" | "pause";
  readonly onEvent: SandboxOptions["onEvent"];
  /** Id of a snapshot. */
  readonly from: string | undefined;
  readonly snapshotDirectory: string | undefined;
}

const names = [
  "mounts",
  "rootfs",
  "writableSystem",
  "ids",
  "network",
  "limits",
  "enforce",
  "hostname",
  "seccomp",
  "timeoutMs",
  "onTimeout",
  "onEvent",
  "from",
  "snapshots",
] as const satisfies readonly (keyof SandboxOptions)[];

const checks = createChecks((message) => {
  throw new SandboxOptionError(message);
});

/** @throws SandboxOptionError for an unknown option, a wrong type or a value out of range */
export function parseSandboxOptions(options: SandboxOptions = {}): ParsedOptions {
  checks.known(checks.fields(options, "options"), names, "option");
  const { onTimeout = "kill", network = "none", enforce = "required" } = options;
  checks.oneOf(network, "network", ["none"]);
  const hostname = checks.text(options.hostname === undefined ? "sandbox" : options.hostname, "hostname");
  if (!/^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(hostname))
    throw new SandboxOptionError(
      "hostname must be 1 to 63 letters, digits and hyphens, with no hyphen at the ends",
    );
  const limits = parseLimits(options.limits);
  const mounts = parseMounts(options.mounts);
  const writableSystem = parseWritableSystem(options.writableSystem, limits.memoryMb);
  const rootfs = parseRootfs(options.rootfs);
  const sources = mounts.map(({ source }, index) => [`mounts[${index}].source`, source]);
  checkUpperApart(writableSystem, { ...Object.fromEntries(sources), ...(rootfs !== "host" && { rootfs }) });
  const ids = parseIds(options.ids);
  if (ids === "subordinate" && writableSystem?.directory !== undefined)
    throw new SandboxOptionError(
      'writableSystem.directory is its owner\'s alone, and an id of ids: "subordinate" is another; use ids: "auto", or keep the changes in memory',
    );
  return {
    mounts,
    rootfs,
    writableSystem,
    ids,
    limits,
    enforce: checks.oneOf(enforce, "enforce", ["required", "best-effort"]),
    hostname,
    seccomp: parseSeccomp(options.seccomp),
    timeoutMs: parseTimeout(options.timeoutMs, "timeoutMs"),
    onTimeout: checks.oneOf(onTimeout, "onTimeout", ["kill", "pause"]),
    onEvent: parseOnEvent(options.onEvent),
    from: parseFrom(options.from),
    snapshotDirectory: parseSnapshotStore(options.snapshots),
  };
}
