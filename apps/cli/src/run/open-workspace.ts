import { createHash } from "node:crypto";
import type { Platform, Workspace } from "@cloison/platform";
import { type CopiedTree, copySourceTree, type SourceTree } from "../source-tree.ts";
import type { OpenModel } from "./open-model.ts";

export interface OpenedWorkspace {
  readonly workspace: Workspace;
  /** Undefined when the workspace was there already, with the files as the last run left them. */
  readonly copied: CopiedTree | undefined;
}

/**
 * The workspace for a source tree. One that is kept is made once, so that a session goes on with its files;
 * any other begins with a fresh copy, in the place of the one before. It is told the model, so that the code for
 * it loads while the files are copied.
 */
export async function openWorkspace(
  platform: Platform,
  tree: SourceTree,
  { keep, target }: { keep: boolean; target: OpenModel["target"] },
): Promise<OpenedWorkspace> {
  const hash = createHash("sha256").update(tree.path).digest("hex").slice(0, 12);
  const userId = `${keep ? "kept" : "fresh"}-${hash}`;
  if (await platform.workspaceExists(userId)) {
    if (keep) return { workspace: await platform.getWorkspace(userId), copied: undefined };
    await platform.deleteWorkspace(userId);
  }
  const workspace = await platform.createWorkspace(userId, target);
  try {
    return { workspace, copied: await copySourceTree(tree, workspace.filesDir) };
  } catch (error) {
    await platform.deleteWorkspace(userId); // half a copy must not pass for one that was kept
    throw error;
  }
}
