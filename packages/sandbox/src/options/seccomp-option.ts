import { SandboxOptionError } from "../errors.ts";
import {
  customProfile,
  defaultSeccompProfile,
  type SeccompProfile,
  SeccompProfileError,
  strictSeccompProfile,
} from "../seccomp/index.ts";
import { createChecks } from "./checks.ts";

const profiles = { default: defaultSeccompProfile, strict: strictSeccompProfile } as const;
const profileNames = ["default", "strict"] as const;

const checks = createChecks((message) => {
  throw new SandboxOptionError(message);
});

function parseNames(value: unknown, where: string): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value))
    throw new SandboxOptionError(`${where} must be an array of names of system calls`);
  return Array.from(value, (each, index) => checks.text(each, `${where}[${index}]`));
}

/** @throws SandboxOptionError for an unknown profile or call, or one that no profile may change */
export function parseSeccomp(value: unknown = "default"): SeccompProfile {
  if (typeof value !== "object" || value === null)
    return profiles[checks.oneOf(value, "seccomp", profileNames)];
  const fields = checks.fields(value, "seccomp, where it is not a profile's name,");
  checks.known(fields, ["extends", "allow", "deny"], "key of seccomp");
  const { extends: base, allow, deny } = fields;
  const parent = profiles[checks.oneOf(base, "seccomp.extends", profileNames)];
  const changes = { allow: parseNames(allow, "seccomp.allow"), deny: parseNames(deny, "seccomp.deny") };
  try {
    return customProfile(parent, changes);
  } catch (cause) {
    if (!(cause instanceof SeccompProfileError)) throw cause;
    throw new SandboxOptionError(`seccomp: ${cause.message}`, { cause });
  }
}
