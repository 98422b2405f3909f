import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { LauncherMissingError } from "../errors.ts";

const platform = `${process.platform}-${process.arch}`;
/** The package that npm chooses by the processor; it holds what is built from `native/`. */
export const platformPackage = `@cloison/sandbox-${platform}`;
const supported = ["linux-x64", "linux-arm64"];

const { resolve } = createRequire(import.meta.url);
const found = new Map<string, string>();

function platformDirectory(): string {
  if (!supported.includes(platform))
    throw new LauncherMissingError(`there is no sandbox launcher for ${platform}: use Linux on x64 or arm64`);
  try {
    return dirname(resolve(`${platformPackage}/package.json`));
  } catch (cause) {
    throw new LauncherMissingError(
      `the sandbox launcher for ${platform} is not installed, as happens when optional dependencies are left out (--omit=optional): npm install ${platformPackage}`,
      { cause },
    );
  }
}

/**
 * Where a native program for this machine lies: in the platform's package, beside this one.
 *
 * @throws LauncherMissingError
 */
export function nativeProgram(name: "cloison-launcher" | "cloison-attack"): string {
  const known = found.get(name);
  if (known !== undefined) return known;
  const path = join(platformDirectory(), "bin", name);
  try {
    accessSync(path, constants.X_OK);
  } catch (cause) {
    throw new LauncherMissingError(
      `${path} is not there to be run: install ${platformPackage} again, or in the repository build it with make and cc`,
      { cause },
    );
  }
  found.set(name, path);
  return path;
}

/** @throws LauncherMissingError */
export const launcherPath = (): string => nativeProgram("cloison-launcher");
