import { Buffer } from "node:buffer";
import { LauncherMissingError } from "../errors.ts";
import { compileSeccomp, type RefusedBy, type SeccompArch, type SeccompProfile } from "../seccomp/index.ts";

const compiled = new WeakMap<SeccompProfile, Map<RefusedBy, string>>();

/** @throws LauncherMissingError on another machine */
export function seccompArch(): SeccompArch {
  if (process.arch !== "x64" && process.arch !== "arm64")
    throw new LauncherMissingError(`there is no sandbox for ${process.arch}; x64 and arm64 are supported`);
  return process.arch;
}

/** A profile's program for this machine, compiled once, as the launcher takes it. */
export function seccompHex(profile: SeccompProfile, refusedBy: RefusedBy): string {
  const programs = compiled.get(profile) ?? new Map<RefusedBy, string>();
  const known = programs.get(refusedBy);
  if (known !== undefined) return known;
  const hex = Buffer.from(compileSeccomp(profile, seccompArch(), refusedBy)).toString("hex");
  compiled.set(profile, programs.set(refusedBy, hex));
  return hex;
}
