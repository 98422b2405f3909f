import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { chmod, chown, copyFile, cp, mkdtemp, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { inject } from "vitest";

/** An ordinary user that no machine has given a name or a cgroup. */
export const ORDINARY_USER = 65_533;

const examples = join(import.meta.dirname, "..", "..");

/**
 * An empty project with only these packages installed from their tarballs. Packages that they depend on come
 * from tarballs too; only third-party packages come from the registry.
 */
export async function createProject(
  names: readonly string[],
  npmOptions: readonly string[] = [],
): Promise<string> {
  const tarballs = inject("tarballs");
  const path = await mkdtemp(join(inject("folder"), "project-"));
  await chmod(path, 0o755);
  const entries = Object.entries(tarballs).map(([name, tarball]) => [name, `file:${tarball}`]);
  const manifest = {
    private: true,
    type: "module",
    dependencies: Object.fromEntries(entries.filter(([name]) => name !== undefined && names.includes(name))),
    overrides: Object.fromEntries(entries.filter(([name]) => name !== undefined && !names.includes(name))),
  };
  await writeFile(join(path, "package.json"), JSON.stringify(manifest));
  const args = [
    "install",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    "--no-update-notifier",
    ...npmOptions,
  ];
  await promisify(execFile)("npm", args, { cwd: path });
  return path;
}

/** Copies an example's file into the project, as a reader would. */
export async function copyExample(project: string, file: string): Promise<string> {
  const path = join(project, basename(file));
  await copyFile(join(examples, file), path);
  return path;
}

/** Copies an example of several files into a folder of the project. */
export async function copyExampleFolder(project: string, name: string): Promise<string> {
  const path = await mkdtemp(join(project, `${name}-`));
  await chmod(path, 0o755);
  const filter = (source: string) => basename(source) !== "node_modules";
  await cp(join(examples, name), path, { recursive: true, filter });
  return path;
}

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a file of the project with Node.js and waits for its end, however it ends. */
export async function runFile(
  path: string,
  options: {
    args?: readonly string[];
    env?: Record<string, string>;
    node?: string;
    uid?: number;
    cwd?: string;
    /** Control groups to run in. */
    groups?: readonly string[];
  },
): Promise<Outcome> {
  const { args = [], env = {}, node = process.execPath, uid, cwd = join(path, ".."), groups = [] } = options;
  const identity = uid === undefined ? {} : { uid, gid: uid };
  return await new Promise((resolve) => {
    // an environment of its own: no setting of the test run may help the example
    const own = { PATH: process.env.PATH ?? "", HOME: cwd, ...env };
    const child = execFile(
      node,
      [path, ...args],
      { cwd, env: own, timeout: 60_000, ...identity },
      (error, stdout, stderr) => {
        resolve({ code: error ? (typeof error.code === "number" ? error.code : null) : 0, stdout, stderr });
      },
    );
    for (const group of groups) writeFileSync(join(group, "cgroup.procs"), String(child.pid));
  });
}

/** A copy of this Node.js that every user may run, whatever the rights on the way to the original are. */
export async function copyNode(): Promise<string> {
  const folder = await mkdtemp(join(inject("folder"), "node-"));
  await chmod(folder, 0o755);
  const path = join(folder, "node");
  await copyFile(process.execPath, path);
  await chmod(path, 0o755);
  return path;
}

/** A directory that belongs to this user. */
export async function createFolderFor(uid: number): Promise<string> {
  const path = await mkdtemp(join(inject("folder"), "own-"));
  await chown(path, uid, uid);
  return path;
}

/** As whom the examples of agents are run, and what they are to ask of the sandbox's limits. */
export const exampleLanes = [
  ["as root", "required", undefined],
  ["as an ordinary user", "best-effort", ORDINARY_USER],
] as const;

/** What the title of their tests ends with where they cannot be run as both. */
export const needsRoot =
  process.getuid?.() === 0 ? "" : " (skipped: needs root, to have limits or to become another user)";

/** Runs the `main.mjs` of an example from a copy of its folder, as this user. */
export async function runExample(
  project: string,
  name: string,
  { args, uid }: { readonly args: readonly string[]; readonly uid: number | undefined },
): Promise<Outcome> {
  const file = join(await copyExampleFolder(project, name), "main.mjs");
  const user = uid === undefined ? {} : { uid, node: await copyNode(), cwd: await createFolderFor(uid) };
  return runFile(file, { args, ...user });
}
