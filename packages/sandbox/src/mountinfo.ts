/** One line of /proc/PID/mountinfo (proc_pid_mountinfo(5)). */
export interface MountLine {
  /** What of its file system the mount shows at its top. */
  readonly root: string;
  readonly point: string;
  readonly type: string;
  readonly source: string;
  /** Of the file system, not of the mount. */
  readonly options: readonly string[];
}

/** Lines `id parent major:minor root point options [optional …] - type source superoptions`. */
export function parseMountinfo(text: string): MountLine[] {
  return text.split("\n").flatMap((line) => {
    const [before = "", after = ""] = line.split(" - ");
    const [type = "", source = "", options = ""] = after.split(" ").map(unescapeOctal);
    const [, , , root = "/", point] = before.split(" ").map(unescapeOctal);
    return point === undefined ? [] : [{ root, point, type, source, options: options.split(",") }];
  });
}

/** The mount that a real path lies on: of the longest, the last, which covers what was there before. */
export function mountOf(path: string, mounts: readonly MountLine[]): MountLine | undefined {
  let best: MountLine | undefined;
  for (const mount of mounts) {
    const { point } = mount;
    const covers = path === point || path.startsWith(point === "/" ? "/" : `${point}/`);
    if (covers && point.length >= (best?.point.length ?? 0)) best = mount;
  }
  return best;
}

/** mountinfo writes space, tab, newline and backslash as octal. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
