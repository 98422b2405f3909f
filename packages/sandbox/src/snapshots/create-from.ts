import { chmodSync, lstatSync, mkdirSync, readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { SandboxStartError } from "../errors.ts";
import type { LivingSandbox } from "../living-sandbox.ts";
import { isBelow } from "../options/host-path.ts";
import type { ParsedMount } from "../options/mounts.ts";
import type { ParsedOptions } from "../options/sandbox-options.ts";
import type { Operation } from "../policy/encode-policy.ts";
import { SnapshotError } from "./errors.ts";
import { type CapturedTree, type Manifest, readManifest, treePath } from "./manifest.ts";
import { runCopy } from "./run-copy.ts";
import { checkApart, openStore, type Store } from "./store.ts";
import { type SwapTarget, swapTrees } from "./swap.ts";
import { sweepStore } from "./sweep.ts";
import { beginUse, endUse } from "./uses.ts";

/** What a sandbox that begins with a snapshot needs beside its options. */
export interface Branch {
  /** Puts back what was in its memory, before any command. */
  readonly fill: (living: LivingSandbox) => Promise<void>;
  /** Removes what is the sandbox's own, when it has ended. */
  readonly remove: () => Promise<void>;
}

type Make<T> = (options: ParsedOptions, branch: Branch) => Promise<T>;

interface Beginning {
  readonly store: Store;
  readonly manifest: Manifest;
  readonly live: string;
  readonly options: ParsedOptions;
}

/** Whether the kernel takes trees of this store as layers; asked once in the life of this process. */
const layered = new Map<string, boolean>();

/** An empty layer that begins as the tree below it does. */
function layerOver(tree: string, directory: string): void {
  for (const name of ["files", "work"]) mkdirSync(join(directory, name), { mode: 0o700 });
  const { mode, atimeMs, mtimeMs } = lstatSync(tree);
  chmodSync(join(directory, "files"), mode & 0o1777);
  utimesSync(join(directory, "files"), atimeMs / 1000, mtimeMs / 1000);
}

interface Prepared {
  readonly mount?: ParsedMount;
  readonly copy?: Operation;
  /** A directory of the caller's that is filled. */
  readonly given?: SwapTarget;
}

/** A private view of a captured tree: a layer over it, or a copy. */
function privateMount({ store, manifest, live }: Beginning, tree: CapturedTree): Prepared {
  const lower = treePath(store, manifest.id, tree);
  const directory = join(store.work, live, tree.directory);
  mkdirSync(directory, { mode: 0o700 });
  if (tree.links === 0 && layered.get(store.directory) !== false) {
    layerOver(lower, directory);
    return { mount: { source: directory, target: tree.target, access: "rw", lower } };
  }
  const source = join(directory, "files");
  mkdirSync(source, { mode: 0o700 });
  return {
    mount: { source, target: tree.target, access: "rw" },
    copy: ["copy-tree", `host:${lower}`, `host:${source}`, ""],
  };
}

/** A mount of the caller's that takes a captured tree in. */
function givenMount({ store, manifest }: Beginning, tree: CapturedTree, given: ParsedMount): Prepared {
  const { source, target, access } = given;
  if (access === "ro" || !lstatSync(source).isDirectory())
    throw new SnapshotError(
      "mismatch",
      `the snapshot has the content of "${target}", and the mount there is no writable directory; leave the mount out, or give it an empty one`,
    );
  return {
    given: { at: `host:${source}`, lasting: source, tree: treePath(store, manifest.id, tree), kept: [] },
  };
}

/** Of two that lie in one another, one would be hidden. */
function checkBeside(trees: readonly CapturedTree[], { mounts }: ParsedOptions): void {
  for (const { target } of mounts)
    for (const tree of trees)
      if (target !== tree.target && (isBelow(target, tree.target) || isBelow(tree.target, target)))
        throw new SnapshotError(
          "mismatch",
          `the snapshot has the content of "${tree.target}", and the mount "${target}" lies in one with it; give it a place apart`,
        );
}

async function prepare(beginning: Beginning): Promise<ParsedOptions> {
  const { store, manifest, options } = beginning;
  const trees = manifest.trees.filter(({ kind }) => kind === "mount");
  checkBeside(trees, options);
  const prepared = trees.map((tree) => {
    const given = options.mounts.find(({ target }) => target === tree.target);
    return given === undefined ? privateMount(beginning, tree) : givenMount(beginning, tree, given);
  });
  const copies = prepared.flatMap(({ copy }) => (copy === undefined ? [] : [copy]));
  const targets = prepared.flatMap(({ given }) => (given === undefined ? [] : [given]));
  const first = targets.map(({ at }): Operation => ["copy-empty", at]);
  if (copies.length > 0) await runCopy(copies);
  if (targets.length > 0) await swapTrees(store, { targets, first });
  const mounts = [
    ...options.mounts,
    ...prepared.flatMap(({ mount }) => (mount === undefined ? [] : [mount])),
  ];
  return { ...options, mounts };
}

async function fillMemory({ store, manifest }: Beginning, living: LivingSandbox): Promise<void> {
  const trees = manifest.trees.filter(
    (tree) => tree.kind === "memory" && readdirSync(treePath(store, manifest.id, tree)).length > 0,
  );
  const copies = trees.map(
    (tree): Operation => [
      "copy-tree",
      `host:${treePath(store, manifest.id, tree)}`,
      `inside:${tree.target}`,
      "",
    ],
  );
  if (copies.length > 0) await runCopy(copies, { living, charged: true });
}

function isWithoutLayers(error: unknown): boolean {
  return error instanceof SandboxStartError && ["overlay", "mount id map"].includes(error.step);
}

async function attempt<T>(options: ParsedOptions, store: Store, id: string, make: Make<T>): Promise<T> {
  // Before the snapshot is looked for: whoever deletes it looks for uses after it has been taken away.
  const live = beginUse(store, id);
  const remove = () => endUse(store, live, id);
  try {
    const beginning = { store, live, options, manifest: readManifest(store, id) };
    const fill = (living: LivingSandbox) => fillMemory(beginning, living);
    return await make(await prepare(beginning), { fill, remove });
  } catch (error) {
    await remove();
    throw error;
  }
}

/**
 * Makes a sandbox whose mounts are private copies of a snapshot's: layers over it, where the kernel can.
 *
 * @throws SnapshotError, and what `make` throws
 */
export async function createFrom<T>(options: ParsedOptions, id: string, make: Make<T>): Promise<T> {
  const store = openStore(options.snapshotDirectory);
  checkApart(
    store,
    options.mounts.map(({ source }) => source),
  );
  await sweepStore(store);
  const before = layered.get(store.directory);
  try {
    return await attempt(options, store, id, make);
  } catch (error) {
    if (before === false || !isWithoutLayers(error)) throw error;
    layered.set(store.directory, false);
    return await attempt(options, store, id, make);
  }
}
