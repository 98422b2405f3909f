import { SandboxOptionError } from "../errors.ts";
import type { SeccompProfile } from "../seccomp/index.ts";
import type { Mount, SandboxOptions } from "../types.ts";
import { createChecks } from "./checks.ts";
import { parseMounts } from "./mounts.ts";
import { parseSeccomp } from "./seccomp-option.ts";

/** Options with every default filled in. */
export interface ParsedOptions {
  readonly mounts: readonly Mount[];
  readonly limits: {
    readonly memoryMb: number;
    readonly pids: number;
    readonly cpus?: number;
    readonly wallMs?: number;
  };
  readonly enforce: "required" | "best-effort";
  readonly hostname: string;
  readonly seccomp: SeccompProfile;
}

const defaultMemoryMb = 512;
const defaultPids = 128;
/** setTimeout's and poll's longest time; about 24 days. */
const maxMs = 2 ** 31 - 1;

const checks = createChecks((message) => {
  throw new SandboxOptionError(message);
});

function parseLimits(value: unknown = {}): ParsedOptions["limits"] {
  if (typeof value !== "object" || value === null) throw new SandboxOptionError("limits must be an object");
  checks.known(value, ["memoryMb", "pids", "cpus", "wallMs"], "limit");
  const { memoryMb = defaultMemoryMb, pids = defaultPids, cpus, wallMs } = value as Record<string, unknown>;
  return {
    memoryMb: checks.number(memoryMb, "limits.memoryMb", { min: 4, max: 2 ** 24 }),
    pids: checks.number(pids, "limits.pids", { min: 2, max: 2 ** 22 }),
    ...(cpus !== undefined && {
      cpus: checks.number(cpus, "limits.cpus", { min: 0.01, max: 4096, integer: false }),
    }),
    ...(wallMs !== undefined && { wallMs: checks.number(wallMs, "limits.wallMs", { min: 1, max: maxMs }) }),
  };
}

/** @throws SandboxOptionError for an unknown option, a wrong type or a value out of range */
export function parseSandboxOptions(options: SandboxOptions = {}): ParsedOptions {
  if (typeof options !== "object" || options === null)
    throw new SandboxOptionError("options must be an object");
  checks.known(options, ["mounts", "network", "limits", "enforce", "hostname", "seccomp"], "option");
  checks.oneOf(options.network ?? "none", "network", ["none"]);
  const hostname = checks.text(options.hostname ?? "sandbox", "hostname");
  if (!/^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(hostname))
    throw new SandboxOptionError(
      "hostname must be 1 to 63 letters, digits and hyphens, with no hyphen at the ends",
    );
  return {
    mounts: parseMounts(options.mounts),
    limits: parseLimits(options.limits),
    enforce: checks.oneOf(options.enforce ?? "required", "enforce", ["required", "best-effort"]),
    hostname,
    seccomp: parseSeccomp(options.seccomp),
  };
}
