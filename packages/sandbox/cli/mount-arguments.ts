import { statSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { Mount } from "#sandbox";
import { WrongUsage } from "./wrong-usage.ts";

/** `--rw` or `--ro` with its value. */
export interface MountArgument {
  readonly access: Mount["access"];
  /** DIR[:TARGET]; a TARGET begins with "/", so a DIR may have colons. */
  readonly value: string;
}

/**
 * Where the host's directories and files are seen inside.
 *
 * @throws WrongUsage
 */
export function parseMounts(mountArguments: readonly MountArgument[]): Mount[] {
  let workspaceTaken = mountArguments.some(({ value }) => splitTarget(value).target === "/workspace");
  return mountArguments.map(({ access, value }) => {
    const { source, target } = splitTarget(value);
    if (source === "")
      throw new WrongUsage(`--${access} "${value}" names no directory; for this one it is "."`);
    if (target !== undefined) return { source, target, access };
    if (!workspaceTaken && isDirectory(source)) {
      workspaceTaken = true;
      return { source, target: "/workspace", access };
    }
    return { source, target: `/mnt/${basename(resolve(source))}`, access };
  });
}

function splitTarget(value: string): { readonly source: string; readonly target: string | undefined } {
  const at = value.lastIndexOf(":/");
  if (at === -1) return { source: value, target: undefined };
  return { source: value.slice(0, at), target: value.slice(at + 1) };
}

/** Also where it cannot be seen, which the sandbox then tells. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return true;
  }
}
