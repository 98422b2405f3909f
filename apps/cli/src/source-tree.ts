import { existsSync, realpathSync } from "node:fs";
import { cp, lstat, readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";
import { CliError } from "./errors.ts";

/** A directory whose copy the agent works on. */
export interface SourceTree {
  readonly path: string;
  /** What to call it on the screen. */
  readonly title: string;
  /** Names of files and directories that are left out, at any depth. */
  readonly skip: ReadonlySet<string>;
}

/** What was copied. */
export interface CopiedTree {
  readonly files: number;
  readonly bytes: number;
}

const MAX_FILES = 20_000;
const MAX_BYTES = 500_000_000;

/** Never part of the sources, and often larger than them. */
const NEVER = [".git", "node_modules"];

/**
 * The way from this package to sources that every install has: a dependency's dependency. They are real
 * TypeScript, some dozens of files, with real TODO comments; `resources` is generated code.
 */
const DEFAULT_TREE = { through: ["@cloison/platform", "@earendil-works/pi-ai", "openai"], folder: "src" };

/** @throws {CliError} `CLI_SOURCE_TREE` when the install does not have it. */
export async function defaultSourceTree(): Promise<SourceTree> {
  let path = import.meta.dirname;
  for (const name of DEFAULT_TREE.through) path = packageFolder(name, path);
  const manifest: unknown = JSON.parse(await readFile(join(path, "package.json"), "utf8"));
  const version = manifest instanceof Object && "version" in manifest ? ` ${manifest.version}` : "";
  const title = `the sources of ${basename(path)}${version}, a dependency`;
  return { path: join(path, DEFAULT_TREE.folder), title, skip: new Set([...NEVER, "resources"]) };
}

/** @throws {CliError} `CLI_SOURCE_TREE` when it is not a directory. */
export async function sourceTreeAt(directory: string): Promise<SourceTree> {
  const path = resolve(directory);
  const found = await stat(path).catch((cause: unknown) => {
    throw new CliError("CLI_SOURCE_TREE", `cannot read ${path}: give --dir a directory that you may read`, {
      cause,
    });
  });
  if (!found.isDirectory()) {
    throw new CliError(
      "CLI_SOURCE_TREE",
      `${path} is not a directory: give --dir the directory that holds it`,
    );
  }
  return { path, title: path, skip: new Set(NEVER) };
}

/**
 * Copies the tree's files into a directory that exists. Symbolic links stay links, which lead nowhere inside
 * the sandbox when they point outside the tree; sockets, devices and pipes are left out.
 *
 * @throws {CliError} `CLI_SOURCE_TREE` when it holds more than 20,000 files or 500 MB, or cannot be read.
 */
export async function copySourceTree(tree: SourceTree, target: string): Promise<CopiedTree> {
  let files = 0;
  let bytes = 0;
  const wanted = async (path: string): Promise<boolean> => {
    if (path !== tree.path && tree.skip.has(basename(path))) return false;
    const entry = await lstat(path);
    if (entry.isDirectory() || entry.isSymbolicLink()) return true;
    if (!entry.isFile()) return false;
    files += 1;
    bytes += entry.size;
    if (files > MAX_FILES || bytes > MAX_BYTES) {
      const limit = `${MAX_FILES} files and ${MAX_BYTES / 1_000_000} MB`;
      throw new CliError(
        "CLI_SOURCE_TREE",
        `${tree.path} holds more than ${limit}: choose a part of it with --dir`,
      );
    }
    return true;
  };
  try {
    await cp(tree.path, target, { recursive: true, verbatimSymlinks: true, filter: wanted });
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw new CliError("CLI_SOURCE_TREE", `cannot copy ${tree.path} into the workspace`, { cause });
  }
  return { files, bytes };
}

/** Where Node would find this package's folder from there; `exports` may hide its package.json from `resolve`. */
function packageFolder(name: string, from: string): string {
  const places = createRequire(join(from, "anchor.js")).resolve.paths(name) ?? [];
  const found = places
    .map((place) => join(place, name))
    .find((place) => existsSync(join(place, "package.json")));
  if (found === undefined) {
    throw new CliError(
      "CLI_SOURCE_TREE",
      `this install has no sources of ${name} to work on: give --dir a directory`,
    );
  }
  return realpathSync(found);
}
