import { mkdir } from "node:fs/promises";
import { workerMounts } from "@cloison/agent";
import { createSandbox, type Sandbox } from "@cloison/sandbox";
import type { RunSandboxOptions } from "../options/sandbox-options.ts";
import type { SubagentFiles } from "../options/subagent-options.ts";
import type { WorkspacePaths } from "../state/layout.ts";

/** What a run shows at `/workspace`: a directory of the host, or a copy that lies in its sandbox alone. */
export type FilesView =
  | { readonly source: string; readonly access: "rw" | "ro" }
  | { readonly copyOf: ShownFiles };

/** What an agent sees, and where. */
export interface ShownFiles {
  readonly view: FilesView;
  readonly sandbox: Sandbox;
}

/** Where sandboxes of a workspace are made. */
export interface SandboxPlace {
  readonly paths: WorkspacePaths;
  readonly sandbox: RunSandboxOptions;
}

/** A sandbox with the worker and these files, and nothing else of the state directory. */
export async function startSandbox(place: SandboxPlace, view: FilesView): Promise<Sandbox> {
  if ("copyOf" in view) return startCopy(place, view.copyOf);
  const { source, access } = view;
  return createSandbox({
    ...place.sandbox,
    mounts: [{ source, target: "/workspace", access }, ...workerMounts()],
    snapshots: { directory: place.paths.forks },
  });
}

/** What a subagent gets to see of what its parent sees; it is never more. */
export async function viewOfChild(
  { paths }: SandboxPlace,
  parent: ShownFiles,
  files: SubagentFiles,
): Promise<FilesView> {
  if (files === "none") {
    await mkdir(paths.empty, { recursive: true, mode: 0o700 });
    return { source: paths.empty, access: "ro" };
  }
  // A copy cannot be mounted a second time, so that others look at a copy of it.
  if (files === "fork" || "copyOf" in parent.view) return { copyOf: parent };
  return { source: parent.view.source, access: "ro" };
}

async function startCopy(place: SandboxPlace, { view, sandbox }: ShownFiles): Promise<Sandbox> {
  if ("copyOf" in view || view.access === "rw") return fork(sandbox);
  // A fork copies what may be written and shares the rest; so a sandbox that may, and does nothing, stands between.
  const between = await startSandbox(place, { ...view, access: "rw" });
  try {
    return await fork(between);
  } finally {
    await between.kill();
  }
}

async function fork(sandbox: Sandbox): Promise<Sandbox> {
  return (await sandbox.fork(1)).reduce((only) => only);
}
