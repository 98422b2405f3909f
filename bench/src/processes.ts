import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

export function isInstalled(program: string): boolean {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;
}

/** Starts a program, waits for its end and throws when it failed. */
export function runProcess(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "ignore" });
    child.on("error", reject);
    child.on("exit", (code) =>
      code === 0 ? resolve() : reject(new TypeError(`${program} ended with ${code}`)),
    );
  });
}

/** Proportional set size of a process in MB: its own pages, and its share of those that others map too. */
export function pssMb(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1]) / 1024;
}

export function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

/** Every living process below this one, by /proc. */
export function descendants(root: number): number[] {
  const children = (pid: number) => {
    try {
      return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
        .trim()
        .split(/\s+/)
        .filter(Boolean)
        .map(Number);
    } catch {
      return []; // it has ended meanwhile
    }
  };
  const direct = children(root);
  return [...direct, ...direct.flatMap(descendants)];
}
