import type { Host } from "./host.ts";

/** mountinfo writes space, tab, newline and backslash as octal. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** Type of the file system that a path without symbolic links lies on (proc_pid_mountinfo(5)). */
export function fileSystemOf({ read }: Pick<Host, "read">, path: string): string | undefined {
  let best = "";
  let type: string | undefined;
  for (const line of (read("/proc/self/mountinfo") ?? "").split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const point = unescapeOctal(before.split(" ")[4] ?? "");
    const holds = point === "/" || path === point || path.startsWith(`${point}/`);
    // Of two mounts on one point the later covers the earlier.
    if (point !== "" && holds && point.length >= best.length) {
      best = point;
      type = after.split(" ")[0];
    }
  }
  return type;
}
