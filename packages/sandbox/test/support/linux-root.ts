import { spawnSync } from "node:child_process";
import { cpSync, lstatSync, mkdirSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { dirname, join } from "node:path";

const programs = [
  "sh",
  "ls",
  "cat",
  "id",
  "stat",
  "touch",
  "rm",
  "mkdir",
  "ln",
  "mv",
  "chmod",
  "find",
  "dd",
  "sed",
];

/** As the dynamic loader tells them, which is how ldd(1) works. */
function librariesOf(program: string): string[] {
  const { stdout } = spawnSync(program, [], { encoding: "utf8", env: { LD_TRACE_LOADED_OBJECTS: "1" } });
  return stdout.match(/\/\S+/g) ?? [];
}

const [major = 0, minor = 0] = release().split(".").map(Number);

/** Why a directory that the system has cannot be taken away where changes are kept in memory; empty where it can. */
export const keepsDirectories =
  major > 6 || (major === 6 && minor >= 6)
    ? ""
    : " (skipped: Linux before 6.6 keeps no mark of it in a tmpfs)";

/** A directory with a small Linux root of this machine's own programs, as `docker export` would leave one. */
export function makeLinuxRoot(root: string): string {
  for (const name of ["usr/bin", "etc", "var/lib", "proc", "dev", "tmp", "root", "home", "opt"])
    mkdirSync(join(root, name), { recursive: true });
  for (const name of ["bin", "lib", "lib64"]) {
    mkdirSync(join(root, "usr", name), { recursive: true });
    symlinkSync(`usr/${name}`, join(root, name));
  }
  for (const program of programs) {
    const found = realpathSync(
      spawnSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).stdout.trim(),
    );
    cpSync(found, join(root, "usr/bin", program));
    for (const library of librariesOf(found)) {
      mkdirSync(join(root, dirname(library)), { recursive: true });
      cpSync(realpathSync(library), join(root, library));
    }
  }
  writeFileSync(join(root, "etc/os-release"), "ID=of-the-caller\n");
  writeFileSync(join(root, "etc/passwd"), "someone:x:1:1::/:/bin/sh\n");
  writeFileSync(join(root, "etc/shadow"), "what only its owner may read", { mode: 0o600 });
  writeFileSync(join(root, "tmp/left"), "");
  return root;
}

/** Every path of a tree with what would show that it was touched. */
export function snapshot(root: string): Record<string, string> {
  const { mode, uid, gid, size, mtimeNs, ctimeNs } = lstatSync(root, { bigint: true });
  const below = (mode & 0o170000n) === 0o040000n ? readdirSync(root) : [];
  return Object.assign(
    { [root]: [mode, uid, gid, size, mtimeNs, ctimeNs].join(" ") },
    ...below.map((name) => snapshot(join(root, name))),
  );
}
