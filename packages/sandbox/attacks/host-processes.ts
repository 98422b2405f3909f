import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

const pollMs = 5;

/** A word that no other process has among its arguments. */
export function newMark(): string {
  return `mark-${randomBytes(12).toString("hex")}`;
}

/** Written backwards for a search that must not find itself. */
export function reversed(text: string): string {
  return [...text].reverse().join("");
}

/** Processes of the host that run with a word among their arguments; sandboxes' own are among them. */
export function processesWith(word: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => argumentsOf(pid).includes(word) && !isEnding(pid));
}

function argumentsOf(pid: number): string[] {
  return textOf(pid, "cmdline").split("\0");
}

/** A process that nobody has waited for yet runs no more. */
function isEnding(pid: number): boolean {
  const stat = textOf(pid, "stat");
  return "ZX".includes(stat.slice(stat.lastIndexOf(")") + 2)[0] ?? "X");
}

function textOf(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return ""; // it has ended
  }
}

/** Whether a condition comes to hold within the time. */
export async function until(condition: () => boolean, boundMs: number): Promise<boolean> {
  for (const end = performance.now() + boundMs; !condition(); await delay(pollMs))
    if (performance.now() > end) return false;
  return true;
}

/** Ends processes of this corpus's own by their marks. */
export function endProcessesWith(mark: string): void {
  for (const pid of processesWith(mark))
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // it has ended by itself
    }
}

/** Starts a program on the host and lets the body see it; ends it, and all with its mark, afterwards. */
export async function withHostProcess<T>(
  command: readonly [program: string, ...args: string[]],
  mark: string,
  body: (pid: number, kill: () => void) => Promise<T>,
): Promise<T> {
  const [program, ...args] = command;
  const child = spawn(program, [...args, mark], { stdio: "ignore", env: {} });
  child.on("error", () => {}); // then there is no process with the mark to see
  try {
    await until(() => processesWith(mark).length > 0, 10_000);
    return await body(child.pid ?? 0, () => child.kill("SIGKILL"));
  } finally {
    endProcessesWith(mark);
  }
}
