import { Buffer } from "node:buffer";
import { LauncherMissingError } from "../errors.ts";
import { compileSeccomp, type SeccompProfile } from "../seccomp/index.ts";

const compiled = new WeakMap<SeccompProfile, string>();

/** A profile's program for this machine, compiled once, as the launcher takes it. */
export function seccompHex(profile: SeccompProfile): string {
  if (process.arch !== "x64" && process.arch !== "arm64")
    throw new LauncherMissingError(`there is no sandbox for ${process.arch}; x64 and arm64 are supported`);
  const known = compiled.get(profile);
  if (known !== undefined) return known;
  const hex = Buffer.from(compileSeccomp(profile, process.arch)).toString("hex");
  compiled.set(profile, hex);
  return hex;
}
