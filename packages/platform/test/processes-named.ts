import { readdirSync, readFileSync } from "node:fs";

/** Host processes, those in sandboxes among them, with this in their command line. */
export function processesNamed(text: string): string[] {
  return readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, "utf8").includes(text);
    } catch {
      return false; // it has ended
    }
  });
}
