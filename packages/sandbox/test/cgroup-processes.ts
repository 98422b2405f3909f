import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Cgroup,
  type CgroupDriver,
  type CgroupJoin,
  type CgroupLimits,
  CgroupUnavailableError,
  findCgroupDriver,
} from "../src/cgroup/index.ts";

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
}

/** Starts a shell script whose shell puts itself into a group first, as the launcher's child does. */
export function startIn(where: CgroupJoin, script: string): ChildProcess {
  const files = where.kind === "v1" ? where.tasksFiles : [join(where.directory, "cgroup.procs")];
  const enter = 'for file; do echo 0 > "$file" || exit 99; done; ';
  return spawn("sh", ["-c", enter + script, "sh", ...files], { stdio: ["ignore", "pipe", "ignore"] });
}

export async function ended(child: ChildProcess): Promise<Ended> {
  let stdout = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  const [code, signal] = await once(child, "close");
  return { code, signal, stdout };
}

/** Resolves with the first line that the child prints. */
export async function firstLine(child: ChildProcess): Promise<string> {
  let text = "";
  for await (const chunk of child.stdout?.iterator({ destroyOnReturn: false }) ?? []) {
    text += chunk;
    if (text.includes("\n")) break;
  }
  return text.slice(0, text.indexOf("\n"));
}

export function isAlive(pid: number | undefined): boolean {
  try {
    return (
      pid !== undefined &&
      process.kill(pid, 0) &&
      !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))
    );
  } catch {
    return false;
  }
}

/** The driver of a version, or why there is none here. */
export function availableDriver(version: "v1" | "v2"): CgroupDriver | string {
  try {
    return findCgroupDriver({ version });
  } catch (error) {
    if (error instanceof CgroupUnavailableError) return error.message;
    throw error;
  }
}

/** Makes groups under numbered names, and kills and removes all of them in the end. */
export function createGroups(
  driver: CgroupDriver,
  prefix = "test",
): {
  make(limits: CgroupLimits): Cgroup;
  removeAll(): Promise<void>;
} {
  const groups: Cgroup[] = [];
  return {
    make(limits) {
      const group = driver.create(`${prefix}-${process.pid}-${groups.length}`, limits);
      groups.push(group);
      return group;
    },
    async removeAll() {
      for (const group of groups) {
        group.thaw();
        await group.kill();
        await group.remove();
      }
    },
  };
}
