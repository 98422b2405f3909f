import { existsSync } from "node:fs";
import { join } from "node:path";
import { SandboxOptionError } from "../errors.ts";
import { createChecks } from "./checks.ts";
import { isBelow, parseHostPath } from "./host-path.ts";

export interface WritableSystem {
  readonly directory: string | undefined;
  readonly sizeMb: number;
}

const checks = createChecks((message) => {
  throw new SandboxOptionError(message);
});

/** Of these a Linux root has one at least. */
const systemSigns = ["usr", "bin", "sbin", "lib"];

/** @throws SandboxOptionError */
export function parseRootfs(value: unknown = "host"): string {
  if (value === "host") return value;
  if (value === "/")
    throw new SandboxOptionError(
      'rootfs "/" is refused: it holds all of the host; use "host", of which only the system is seen',
    );
  const { path, stats } = parseHostPath(value, "rootfs");
  if (!stats.isDirectory())
    throw new SandboxOptionError(`rootfs "${path}" must be a directory; unpack an archive or an image first`);
  if (!systemSigns.some((name) => existsSync(join(path, name))))
    throw new SandboxOptionError(
      `rootfs "${path}" holds no system: it has none of ${systemSigns.join(", ")}; fill it for example with debootstrap or docker export`,
    );
  return path;
}

function parseUpper(value: unknown): string {
  const { path, stats } = parseHostPath(value, "writableSystem.directory");
  if (!stats.isDirectory())
    throw new SandboxOptionError(`writableSystem.directory "${path}" must be a directory`);
  // What the sandbox writes there is its owner's, set-user-id programs too: nobody else may get at them.
  if ((stats.mode & 0o077) !== 0)
    throw new SandboxOptionError(
      `writableSystem.directory "${path}" must be its owner's alone; run chmod 700 on it`,
    );
  return path;
}

/** @throws SandboxOptionError */
export function parseWritableSystem(value: unknown, memoryMb: number): WritableSystem | undefined {
  if (value === undefined || value === false) return undefined;
  const fields = checks.fields(value === true ? {} : value, "writableSystem, where it is not true or false,");
  checks.known(fields, ["directory", "sizeMb"], "key of writableSystem");
  const { directory, sizeMb } = fields;
  if (directory !== undefined && sizeMb !== undefined)
    throw new SandboxOptionError(
      "writableSystem takes a directory or sizeMb: the size of a directory is its file system's",
    );
  return {
    directory: directory === undefined ? undefined : parseUpper(directory),
    sizeMb: checks.number(sizeMb ?? Math.max(1, Math.floor(memoryMb / 2)), "writableSystem.sizeMb", {
      min: 1,
      max: 2 ** 24,
    }),
  };
}

/**
 * The directory is the kernel's alone while a sandbox lives.
 *
 * @throws SandboxOptionError where a mount or the root would show it
 */
export function checkUpperApart(
  writable: WritableSystem | undefined,
  others: Readonly<Record<string, string>>,
): void {
  const directory = writable?.directory;
  if (directory === undefined) return;
  for (const [name, path] of Object.entries(others))
    if (isBelow(path, directory) || isBelow(directory, path))
      throw new SandboxOptionError(
        `${name} "${path}" is where writableSystem keeps its files, or holds that directory; keep them apart`,
      );
}
