// The disk with what the guest runs: the built sandbox package with its tests, and vitest.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { basename, join, relative } from "node:path";
import { run } from "./apt.mjs";
import { makeDisk } from "./host-programs.mjs";
import { storeDirectories } from "./installed-packages.mjs";

const sizeMb = 300;

const nativePackage = "sandbox-linux-x64";

/** What vitest needs for types, for style sheets, or for how it is configured, and so not here. */
const unneeded = /^(@types\/|esbuild|jiti|yaml)/;

/**
 * @param {string} root the checkout, built
 * @param {{ staging: string, path: string }} where `staging`: a directory for the files before they are a disk
 */
export function makeProjectDisk(root, { staging, path }) {
  rmSync(staging, { recursive: true, force: true });
  copyPackages(root, staging);
  const sandbox = join(staging, "packages/sandbox");
  for (const name of ["src", "cli", "test", "dist", "package.json", "README.md"]) {
    cpSync(join(root, "packages/sandbox", name), join(sandbox, name), { recursive: true });
  }
  cpSync(join(root, "packages", nativePackage), join(sandbox, "node_modules/@cloison", nativePackage), {
    recursive: true,
  });
  for (const name of ["src", "cli", "test"]) removeTypes(join(sandbox, name));
  compileProbes(join(sandbox, "test"), join(staging, "prebuilt"));
  cpSync(join(import.meta.dirname, "guest"), join(staging, "scripts/vm/guest"), { recursive: true });
  writeFileSync(join(staging, "only"), process.env.CLOISON_VM_ONLY ?? "");
  makeDisk(root, { path, sizeMb, from: staging });
}

/** @param {string} root @param {string} staging */
function copyPackages(root, staging) {
  const modules = join(root, "node_modules");
  const store = join(modules, ".pnpm");
  mkdirSync(join(staging, "node_modules"), { recursive: true });
  for (const directory of storeDirectories(join(modules, "vitest"), (name) => !unneeded.test(name))) {
    const to = join(staging, "node_modules/.pnpm", basename(directory));
    cpSync(directory, to, { recursive: true, verbatimSymlinks: true });
  }
  const [vitest = ""] = storeDirectories(join(modules, "vitest"), () => false);
  const target = join(".pnpm", relative(store, vitest), "node_modules/vitest");
  symlinkSync(target, join(staging, "node_modules/vitest"));
}

/** See guest/plain-typescript.mjs. @param {string} directory */
function removeTypes(directory) {
  for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".ts")) continue;
    const path = join(directory, name);
    writeFileSync(path, stripTypeScriptTypes(readFileSync(path, "utf8")));
  }
}

/** The guest has no compiler: see `copyPrebuilt` of the tests. @param {string} tests @param {string} output */
function compileProbes(tests, output) {
  mkdirSync(output);
  const support = readdirSync(join(tests, "support")).map((name) => join("support", name));
  const programs = {
    probe: support.filter((name) => /\/probe.*\.c$/.test(name)),
    "seccomp-probe": ["seccomp-probe.c"],
  };
  for (const [name, sources] of Object.entries(programs))
    run("cc", ["-std=gnu17", "-O1", "-pthread", "-static", "-o", join(output, name), ...sources], tests);
}
