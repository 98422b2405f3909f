import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { launcherPath, platformPackage } from "../../src/launcher/launcher-path.ts";
import { copyPrebuilt } from "./this-machine.ts";

/** What stands in a file that every host had open before it began. */
export const secretInFile = "what a host had open before it began";

const packageDirectory = join(import.meta.dirname, "../..");

/** A copy of the library, Node and the probe that every user can read, wherever the checkout lies. */
export function makeCopy(): string {
  const copy = mkdtempSync(join(tmpdir(), "cloison-host-"));
  chmodSync(copy, 0o755);
  cpSync(join(packageDirectory, "src"), join(copy, "src"), { recursive: true });
  cpSync(join(packageDirectory, "cli"), join(copy, "cli"), { recursive: true });
  copyPlatformPackage(copy);
  cpSync(import.meta.dirname, join(copy, "test/support"), { recursive: true });
  writeFileSync(join(copy, "package.json"), '{ "type": "module" }');
  try {
    linkSync(process.execPath, join(copy, "node"));
  } catch {
    copyFileSync(process.execPath, join(copy, "node")); // another file system
  }
  writeFileSync(join(copy, "secret"), secretInFile);
  compileProbe(join(copy, "probe"));
  return copy;
}

/** Puts this machine's native programs where a copy of the library finds them. */
export function copyPlatformPackage(copy: string): void {
  const programs = dirname(launcherPath());
  const target = join(copy, "node_modules", platformPackage);
  mkdirSync(target, { recursive: true });
  copyFileSync(join(programs, "../package.json"), join(target, "package.json"));
  cpSync(programs, join(target, "bin"), { recursive: true });
}

export function compileProbe(output: string): void {
  if (copyPrebuilt("probe", output)) return;
  const names = readdirSync(import.meta.dirname).filter((name) => /^probe.*\.c$/.test(name));
  const sources = names.map((name) => join(import.meta.dirname, name));
  const flags = ["-std=gnu17", "-O1", "-Wall", "-Wextra", "-Werror", "-pthread"];
  const { stderr } = spawnSync("cc", [...flags, "-o", output, ...sources], { encoding: "utf8" });
  expect(stderr).toBe("");
}
