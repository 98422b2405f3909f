import { lstatSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "../cgroup/index.ts";
import { SnapshotError } from "./errors.ts";
import { isSnapshotId, type Store, snapshotPath } from "./store.ts";

const manifestVersion = 1;

/** One captured directory of a sandbox. */
export interface CapturedTree {
  /** Where it was in the sandbox. */
  readonly target: string;
  readonly kind: "mount" | "memory";
  /** Its name below `trees`. */
  readonly directory: string;
  readonly files: number;
  readonly bytes: number;
  /** Names of files beyond their first: such a tree cannot be a layer, which would take them apart. */
  readonly links: number;
  /** What is not copied: sockets and devices, and what changed while it was read. */
  readonly leftOut: { readonly sockets: number; readonly devices: number; readonly changed: number };
}

export interface Manifest {
  readonly version: typeof manifestVersion;
  readonly id: string;
  readonly name: string | undefined;
  /** Milliseconds since 1970, UTC. */
  readonly createdAt: number;
  /** Whether the sandbox stood still; else it is what was there while it was read. */
  readonly frozen: boolean;
  readonly trees: readonly CapturedTree[];
}

export function treePath(store: Store, id: string, tree: CapturedTree): string {
  return join(snapshotPath(store, id), "trees", tree.directory);
}

export function writeManifest(directory: string, manifest: Omit<Manifest, "version">): void {
  const text = JSON.stringify({ version: manifestVersion, ...manifest }, undefined, 2);
  writeFileSync(join(directory, "manifest.json"), `${text}\n`, { mode: 0o600, flag: "wx" });
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function parseTree(value: unknown): CapturedTree | undefined {
  if (!isFields(value) || !isFields(value.leftOut)) return undefined;
  const { target, kind, directory, files, bytes, links } = value;
  const { sockets, devices, changed } = value.leftOut;
  if (typeof target !== "string" || !target.startsWith("/")) return undefined;
  if (typeof directory !== "string" || !/^\d+$/.test(directory)) return undefined;
  if (kind !== "mount" && kind !== "memory") return undefined;
  if (!isCount(files) || !isCount(bytes) || !isCount(links)) return undefined;
  if (!isCount(sockets) || !isCount(devices) || !isCount(changed)) return undefined;
  return { target, kind, directory, files, bytes, links, leftOut: { sockets, devices, changed } };
}

function parseManifest(text: string, id: string): Manifest | "damaged" | "version" {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "damaged";
  }
  if (!isFields(value) || !isCount(value.version)) return "damaged";
  if (value.version !== manifestVersion) return "version";
  const { name, createdAt, frozen } = value;
  const trees = Array.isArray(value.trees) ? value.trees.map(parseTree) : [undefined];
  const good = trees.filter((tree) => tree !== undefined);
  if (value.id !== id || !isCount(createdAt) || typeof frozen !== "boolean") return "damaged";
  if (good.length !== trees.length || (name !== undefined && typeof name !== "string")) return "damaged";
  return { version: manifestVersion, id, name, createdAt, frozen, trees: good };
}

const advice = {
  damaged: "its manifest is damaged; it is left as it is: look at it, or remove it with snapshots.delete",
  version: "another version of this library has made it; use that one",
};

function isTree(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** @throws SnapshotError `not-found`, `damaged` or `version` */
export function readManifest(store: Store, id: string): Manifest {
  const directory = snapshotPath(store, id);
  let text: string;
  try {
    if (!isSnapshotId(id)) throw new SnapshotError("not-found", `"${id}" is no id of a snapshot`);
    text = readFileSync(join(directory, "manifest.json"), "utf8");
  } catch (cause) {
    if (cause instanceof SnapshotError) throw cause;
    if (errorCode(cause) === "ENOENT" && lstatSync(directory, { throwIfNoEntry: false }) === undefined)
      throw new SnapshotError(
        "not-found",
        `there is no snapshot "${id}" in "${store.directory}"; snapshots.list tells which there are`,
        { cause },
      );
    throw new SnapshotError("damaged", `the snapshot "${directory}" cannot be used: ${advice.damaged}`, {
      cause,
    });
  }
  const manifest = parseManifest(text, id);
  const bad =
    typeof manifest === "string"
      ? manifest
      : manifest.trees.every((tree) => isTree(treePath(store, id, tree)))
        ? undefined
        : "damaged";
  if (typeof manifest === "string" || bad !== undefined)
    throw new SnapshotError(
      bad ?? "damaged",
      `the snapshot "${directory}" cannot be used: ${advice[bad ?? "damaged"]}`,
    );
  return manifest;
}
