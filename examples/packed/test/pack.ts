import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";

const root = join(import.meta.dirname, "..", "..", "..");

/** Packs every publishable package once, as publishing would, for all tests of this project. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "cloison-packed-"));
  await chmod(folder, 0o755); // the ordinary user of a test reads from here
  const tarballs: Record<string, string> = {};
  for (const path of await publishable()) {
    if (await isLeftOut(path)) continue;
    const { stdout } = await promisify(execFile)("pnpm", ["pack", "--json", "--pack-destination", folder], {
      cwd: path,
    });
    const { name, filename } = JSON.parse(lastObject(stdout));
    tarballs[name] = filename;
  }
  project.provide("folder", folder);
  project.provide("tarballs", tarballs);
  return () => rm(folder, { recursive: true });
}

/** Whether a package is for another processor, and this machine has no compiler for that. */
async function isLeftOut(path: string): Promise<boolean> {
  const { cpu } = JSON.parse(await readFile(join(path, "package.json"), "utf8"));
  return cpu !== undefined && !cpu.includes(process.arch) && !existsSync(join(path, "bin"));
}

/** What pnpm prints after the output of the package's own scripts. */
function lastObject(stdout: string): string {
  return stdout.slice(stdout.search(/^\{$/m));
}

async function publishable(): Promise<string[]> {
  const paths: string[] = [];
  for (const group of ["packages", "apps"]) {
    for (const name of await readdir(join(root, group))) {
      const path = join(root, group, name);
      const manifest = JSON.parse(await readFile(join(path, "package.json"), "utf8"));
      if (manifest.private !== true) paths.push(path);
    }
  }
  return paths;
}

declare module "vitest" {
  interface ProvidedContext {
    /** A temporary folder that every user may read; projects are made in it. */
    folder: string;
    /** Absolute path of each package's tarball, by the package's name. */
    tarballs: Record<string, string>;
  }
}
