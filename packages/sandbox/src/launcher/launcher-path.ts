import { accessSync, constants } from "node:fs";
import { fileURLToPath } from "node:url";
import { LauncherMissingError } from "../errors.ts";

let found: string | undefined;

/** @throws LauncherMissingError */
export function launcherPath(): string {
  if (found !== undefined) return found;
  const platform = `${process.platform}-${process.arch}`;
  const path = fileURLToPath(new URL(`../../dist/native/${platform}/cloison-launcher`, import.meta.url));
  try {
    accessSync(path, constants.X_OK);
  } catch (cause) {
    throw new LauncherMissingError(
      `the sandbox launcher for ${platform} is not at ${path}; install @cloison/sandbox again on Linux x64 or arm64, or build it with make and cc`,
      { cause },
    );
  }
  found = path;
  return path;
}
