import { Buffer } from "node:buffer";
import { LauncherMissingError } from "../errors.ts";
import { compileSeccomp, defaultSeccompProfile } from "../seccomp/index.ts";

let hex: string | undefined;

/** The default profile for this machine, compiled once, as the launcher takes it. */
export function seccompHex(): string {
  if (process.arch !== "x64" && process.arch !== "arm64")
    throw new LauncherMissingError(`there is no sandbox for ${process.arch}; x64 and arm64 are supported`);
  hex ??= Buffer.from(compileSeccomp(defaultSeccompProfile, process.arch)).toString("hex");
  return hex;
}
