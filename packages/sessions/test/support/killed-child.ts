import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** URL of a source file, for the script of a child process. */
export function source(path: string): string {
  return JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);
}

/**
 * Runs a script that prints one line for each thing it has done, and kills it (SIGKILL) as soon as
 * `count` lines were read, in the middle of whatever it is doing then.
 *
 * @returns all lines that the child had printed when it was dead
 */
export async function runAndKill(script: string, count: number): Promise<string[]> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    if (lines.length === count) child.kill("SIGKILL");
  }
  const [, signal] = await exited;
  if (signal !== "SIGKILL") throw new Error(`the child ended by itself after ${lines.length} lines`);
  return lines;
}
