import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, cpSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { launcherPath, platformPackage } from "#sandbox/launcher";

/** The built package and Node where every user can read them, wherever they are installed. */
export interface LibraryCopy {
  readonly directory: string;
  readonly node: string;
  /** A directory of the user's own in it. */
  readonly temporary: string;
  /** The module of the corpus with this name. */
  module(name: string): string;
}

const distDirectory = fileURLToPath(new URL("../../", import.meta.url));

function canRun(program: string, uid: number): boolean {
  return spawnSync(program, ["--version"], { uid, gid: uid, cwd: "/", stdio: "ignore" }).status === 0;
}

/** Makes a copy for a user; the caller removes its directory. */
export function copyLibrary(uid: number): LibraryCopy {
  const directory = mkdtempSync(join(tmpdir(), "cloison-copy-"));
  chmodSync(directory, 0o755);
  const dist = join(directory, "dist");
  cpSync(distDirectory, dist, { recursive: true, filter: (path) => !/\.(map|d\.ts)$/.test(path) });
  cpSync(join(distDirectory, "../package.json"), join(directory, "package.json"));
  const platform = dirname(dirname(launcherPath()));
  const platformCopy = join(directory, "node_modules", platformPackage);
  cpSync(join(platform, "package.json"), join(platformCopy, "package.json"));
  cpSync(join(platform, "bin"), join(platformCopy, "bin"), { recursive: true });
  // As where users install the package themselves: it must be safe from sandboxes of theirs.
  chownSync(join(platformCopy, "bin", basename(launcherPath())), uid, uid);
  const temporary = join(directory, "tmp");
  mkdirSync(temporary);
  chownSync(temporary, uid, uid);
  let node = process.execPath;
  if (!canRun(node, uid)) {
    node = join(directory, "node");
    copyFileSync(process.execPath, node);
  }
  return { directory, node, temporary, module: (name) => join(dist, "tools/attacks", `${name}.js`) };
}
