// Packages with all that they need, found in pnpm's store of this checkout.
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * @param {string} start directory of a package, or a link to it
 * @param {(name: string) => boolean} wanted what to follow, by the package's name
 * @returns {string[]} pnpm's directories of this package and what it needs: each holds a node_modules
 */
export function storeDirectories(start, wanted) {
  /** @type {Set<string>} */
  const found = new Set();
  const pending = [realpathSync(start)];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const modules = modulesAbove(next);
    const directory = dirname(modules);
    if (found.has(directory)) continue;
    found.add(directory);
    pending.push(
      ...packagesIn(modules)
        .filter(wanted)
        .map((name) => realpathSync(join(modules, name))),
    );
  }
  return [...found];
}

/** @param {string} directory @returns {string} the node_modules that it lies in */
function modulesAbove(directory) {
  const parent = dirname(directory);
  return basename(parent) === "node_modules" ? parent : modulesAbove(parent);
}

/** @param {string} modules @returns {string[]} names, with their scopes */
function packagesIn(modules) {
  return readdirSync(modules)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) =>
      name.startsWith("@") ? readdirSync(join(modules, name)).map((each) => join(name, each)) : [name],
    )
    .filter((name) => existsSync(join(modules, name)));
}
