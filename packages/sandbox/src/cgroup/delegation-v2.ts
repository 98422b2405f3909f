import { accessSync, constants, existsSync, mkdirSync, rmdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { errorCode, readWords, writeControl } from "./control-file.ts";
import { CgroupUnavailableError, delegationFix } from "./errors.ts";
import type { LimitController } from "./limits.ts";

const wanted: readonly LimitController[] = ["memory", "pids", "cpu", "io"];

/** Where the host and whatever else was in its group move when the group must have no processes of its own. */
export const leafName = "cloison.host";

/** New processes may be forked into the group while it is being emptied. */
const passes = 20;

/** Where groups can be made, and the controllers that they have there. */
export interface DelegatedBase {
  readonly directory: string;
  readonly controllers: ReadonlySet<string>;
}

/**
 * Makes the process's own group fit to hold groups with limits: enables the controllers for its children.
 *
 * A v2 group that enables controllers for its children may hold no processes itself (cgroup-v2.rst, "No
 * Internal Process Constraint"), unless it is the true root. So all its processes, this one and others started
 * with it, move into a leaf inside it: they stay within its limits. When one cannot be moved, all are moved
 * back. A process that finds itself in such a leaf uses the group above it.
 *
 * @throws CgroupUnavailableError when the group is not this user's, or a process of it cannot be moved
 */
export function prepareBase(own: string): DelegatedBase {
  const directory = basename(own) === leafName ? dirname(own) : own;
  requireWritable(directory);
  const available = readWords(join(directory, "cgroup.controllers"));
  const enabled = () => new Set(readWords(join(directory, "cgroup.subtree_control")));
  const missing = wanted.filter((name) => available.includes(name) && !enabled().has(name));
  if (missing.length > 0) enable(directory, missing);
  return { directory, controllers: enabled() };
}

/** cgroup.procs as well: who moves a process must be allowed to write it in the nearest group above both. */
function requireWritable(directory: string): void {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    accessSync(join(directory, "cgroup.procs"), constants.W_OK);
  } catch (cause) {
    throw new CgroupUnavailableError(
      `cgroup ${directory} may not be divided by this user: ${delegationFix}`,
      {
        cause,
      },
    );
  }
}

function enable(directory: string, controllers: readonly LimitController[]): void {
  const control = join(directory, "cgroup.subtree_control");
  if (isTrueRoot(directory)) {
    writeEach(control, controllers);
    return;
  }
  const leaf = join(directory, leafName);
  const moved = new Set<number>();
  try {
    if (!existsSync(leaf)) mkdirSync(leaf);
    for (let pass = 1; ; pass++) {
      moveProcesses(directory, leaf, moved);
      if (tryWrite(control, controllers, pass < passes)) return;
    }
  } catch (cause) {
    for (const pid of moved) moveProcess(pid, directory);
    if (existsSync(leaf)) removeIfEmpty(leaf);
    throw new CgroupUnavailableError(
      `cannot enable ${controllers.join(", ")} below cgroup ${directory}, which holds other processes: ${delegationFix}`,
      { cause },
    );
  }
}

/** Only the root of the whole hierarchy has no type. */
function isTrueRoot(directory: string): boolean {
  return !existsSync(join(directory, "cgroup.type"));
}

function moveProcesses(from: string, to: string, moved: Set<number>): void {
  for (const word of readWords(join(from, "cgroup.procs"))) {
    const pid = Number(word);
    moveProcess(pid, to);
    moved.add(pid);
  }
}

/** A process that has ended meanwhile needs no move. */
function moveProcess(pid: number, to: string): void {
  try {
    writeControl(join(to, "cgroup.procs"), pid);
  } catch (error) {
    if (errorCode(error) !== "ESRCH") throw error;
  }
}

/**
 * One by one: a controller may be refused alone (cpu while there are real-time processes), and what needs it is
 * refused then, not the others. Throws when all are.
 */
function writeEach(control: string, controllers: readonly string[]): void {
  const causes: unknown[] = [];
  for (const name of controllers) {
    try {
      writeControl(control, `+${name}`);
    } catch (cause) {
      if (errorCode(cause) === "EBUSY") throw cause;
      causes.push(cause);
    }
  }
  if (causes.length === controllers.length) throw causes[0];
}

/** False when the group holds processes again and another pass is worth it. */
function tryWrite(control: string, controllers: readonly string[], mayRetry: boolean): boolean {
  try {
    writeEach(control, controllers);
    return true;
  } catch (error) {
    if (mayRetry && errorCode(error) === "EBUSY") return false;
    throw error;
  }
}

function removeIfEmpty(leaf: string): void {
  try {
    rmdirSync(leaf);
  } catch (error) {
    if (errorCode(error) !== "EBUSY") throw error; // another host lives in it
  }
}
