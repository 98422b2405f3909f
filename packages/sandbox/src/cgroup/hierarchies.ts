import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseMountinfo } from "../mountinfo.ts";

/** Where this process's group lies in each mounted hierarchy. */
export interface Hierarchies {
  /** Directories of v1 hierarchies by controller; controllers mounted together share one. */
  readonly v1: ReadonlyMap<string, string>;
  readonly v2: string | undefined;
}

/** The kernel's two files about a process's groups (cgroups(7), proc_pid_mountinfo(5)). */
export interface GroupFiles {
  /** /proc/PID/cgroup */
  readonly cgroup: string;
  /** /proc/PID/mountinfo */
  readonly mountinfo: string;
}

/**
 * Finds the hierarchies of this process.
 *
 * @param root a path below each hierarchy's mount point to use in place of the process's own group
 */
export function ownHierarchies(root?: string, files: GroupFiles = ownFiles()): Hierarchies {
  const groups = parseGroups(files.cgroup);
  const v1 = new Map<string, string>();
  let v2: string | undefined;
  for (const mount of parseMounts(files.mountinfo)) {
    for (const controller of mount.controllers) {
      const group = groups.get(controller);
      if (group === undefined) continue; // a mount option that is no controller
      const directory = root === undefined ? below(mount, group) : join(mount.point, root);
      if (directory === undefined) continue;
      if (controller === unified) v2 ??= directory;
      else if (!v1.has(controller)) v1.set(controller, directory);
    }
  }
  return { v1, v2 };
}

function ownFiles(): GroupFiles {
  return {
    cgroup: readFileSync("/proc/self/cgroup", "utf8"),
    mountinfo: readFileSync("/proc/self/mountinfo", "utf8"),
  };
}

/** The v2 hierarchy's controller list in /proc/self/cgroup is empty. */
const unified = "";

interface CgroupMount {
  /** The group that the mount shows at its top. */
  readonly root: string;
  readonly point: string;
  readonly controllers: readonly string[];
}

/**
 * A group's path in a mount; undefined when the mount does not show it. A group outside of this process's cgroup
 * namespace has a path that begins with `/..`.
 */
function below(mount: CgroupMount, group: string): string | undefined {
  const path = relative(mount.root, group);
  return `${group}/`.startsWith("/../") || `${path}/`.startsWith("../") ? undefined : join(mount.point, path);
}

/** Lines `ID:controller,controller:path`. */
function parseGroups(text: string): Map<string, string> {
  const groups = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    for (const controller of controllers.split(",")) groups.set(controller, path);
  }
  return groups;
}

function parseMounts(text: string): CgroupMount[] {
  return parseMountinfo(text).flatMap(({ root, point, type, options }) => {
    if (type === "cgroup2") return [{ root, point, controllers: [unified] }];
    return type === "cgroup" ? [{ root, point, controllers: options }] : [];
  });
}
