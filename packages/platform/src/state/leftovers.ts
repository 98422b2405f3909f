import { randomBytes } from "node:crypto";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { currentOwner, formatOwner, ownerState, parseOwner } from "@cloison/sessions";
import { removeTree } from "./remove-tree.ts";

// Names that begin with a dot are no ids, so no workspace can be called so.
const NEW = ".new-";
const TRASH = ".trash-";

/** A builder in another container cannot be asked whether it lives; none needs an hour. */
const FOREIGN_BUILD_MS = 3_600_000;

/** A name for a workspace that this process is building. */
export function buildName(): string {
  return `${NEW}${formatOwner(currentOwner())}-${randomBytes(6).toString("hex")}`;
}

/** A name for a workspace that is being removed. Whoever finds it may finish the removal. */
export function trashName(): string {
  return `${TRASH}${randomBytes(12).toString("hex")}`;
}

/** Removes what a killed process left half-built or half-removed. */
export async function sweepLeftovers(workspaces: string): Promise<void> {
  for (const name of await readdir(workspaces)) {
    const path = join(workspaces, name);
    if (name.startsWith(TRASH) || (name.startsWith(NEW) && (await isAbandoned(name, path))))
      await removeTree(path);
  }
}

async function isAbandoned(name: string, path: string): Promise<boolean> {
  const owner = parseOwner(name.slice(NEW.length, name.lastIndexOf("-")));
  const state = owner === undefined ? "elsewhere" : ownerState(owner);
  if (state !== "elsewhere") return state === "dead";
  const stat = await lstat(path).catch(() => undefined);
  return stat !== undefined && Date.now() - stat.mtimeMs > FOREIGN_BUILD_MS;
}
