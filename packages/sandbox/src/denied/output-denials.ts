import type { ParsedOptions } from "../options/sandbox-options.ts";
import type { Denial } from "../types.ts";
import { type ErrorLine, errorLines } from "./error-lines.ts";
import { fileSizeHint } from "./limit-denials.ts";

const maxDenials = 8;
const ownPlaces = ["/tmp", "/home/agent", "/dev/shm", "/var/tmp"];
const localNames = /^(?:localhost|127\.|::1|\[::1|0\.0\.0\.0)/;

function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

/** Where the sandbox may write, in words. */
function writablePlaces({ mounts }: ParsedOptions): string {
  const targets = mounts.filter(({ access }) => access === "rw").map(({ target }) => target);
  const places = [...targets, "/tmp", "/home/agent"];
  return `${places.slice(0, -1).join(", ")} or ${places.at(-1)}`;
}

function readOnlyHint(path: string | undefined, options: ParsedOptions): string {
  const mount = options.mounts.find(({ target }) => path !== undefined && isBelow(path, target));
  if (mount !== undefined)
    return `${mount.target} is mounted read-only: mount it with access: "rw", or write to ${writablePlaces(options)}`;
  const targets = options.mounts.filter(({ access }) => access === "ro").map((each) => each.target);
  // It may be in any of them: a path from a working directory that only the command knows.
  if (path?.startsWith("/") !== true && targets.length > 0)
    return `the system and ${targets.join(", ")} are read-only: mount with access: "rw", or write to ${writablePlaces(options)}`;
  return `the system is read-only: write to ${writablePlaces(options)} (pip install --user, npm install --prefix ~/.local), or have it writable by writableSystem: true`;
}

function permissionHint(path: string | undefined, options: ParsedOptions): string {
  const own = [...ownPlaces, ...options.mounts.map(({ target }) => target)];
  if (path?.startsWith("/") && !own.some((place) => isBelow(path, place)))
    return `the system's files are not the command's: it runs as uid 1000 without privileges; write to ${writablePlaces(options)}`;
  return "the command runs as uid 1000 without privileges: look at the file's owner and mode (a program needs chmod +x)";
}

function spaceHint(path: string | undefined, options: ParsedOptions): string {
  const { limits, mounts, writableSystem } = options;
  const mount = mounts.find(({ target }) => path !== undefined && isBelow(path, target));
  if (mount !== undefined)
    return `the disk or quota behind ${mount.target} is full: remove files, or give it more`;
  if (
    writableSystem !== undefined &&
    path?.startsWith("/") &&
    !ownPlaces.some((place) => isBelow(path, place))
  )
    return writableSystem.directory === undefined
      ? `changes of the system hold ${writableSystem.sizeMb} MB: raise writableSystem.sizeMb and limits.memoryMb, or install less`
      : `the disk behind ${writableSystem.directory} is full: remove files, or give it more`;
  const sizeMb = Math.max(1, Math.floor(limits.memoryMb / 2));
  return `/tmp, /home/agent and /dev/shm together hold ${sizeMb} MB, half of limits.memoryMb: raise it, remove files, or write to a mounted directory`;
}

const noNetwork =
  "the sandbox has no network but its own loopback: fetch outside, and bring it in by a mount or on standard input";

function toDenial({ kind, target }: ErrorLine, options: ParsedOptions): Denial | undefined {
  const of = (what: string) => (target === undefined ? what : `${what}: ${target}`);
  const { memoryMb, pids } = options.limits;
  switch (kind) {
    case "read-only":
      return { layer: "filesystem", what: of("read-only"), hint: readOnlyHint(target, options) };
    case "permission":
      // Without a path it may be anything, for example a password that another program refused.
      if (target === undefined) return undefined;
      return { layer: "filesystem", what: of("permission denied"), hint: permissionHint(target, options) };
    case "space":
      return { layer: "disk", what: of("no space left"), hint: spaceHint(target, options) };
    case "file size":
      return { layer: "disk", what: of("file too large"), hint: fileSizeHint(options.limits) };
    case "name":
      return { layer: "network", what: of("name not resolved"), hint: noNetwork };
    case "network":
      if (target !== undefined && localNames.test(target)) return undefined;
      return { layer: "network", what: of("network unreachable"), hint: noNetwork };
    case "memory":
      return {
        layer: "memory",
        what: "memory was refused to a process",
        hint: `raise limits.memoryMb (${memoryMb}), or use less`,
      };
    case "processes":
      return {
        layer: "pids",
        what: "a process or thread was refused",
        hint: `raise limits.pids (${pids}), or start fewer at once`,
      };
  }
}

const newProcess = ["fork", "vfork", "clone"];

/**
 * Whether a better word is there already: the kernel's own on a limit, or that the filter refused what a program takes
 * for a limit.
 */
function isKnown({ layer }: Denial, known: readonly Denial[]): boolean {
  if (layer !== "memory" && layer !== "pids") return false;
  return known.some((each) => each.layer === layer || (layer === "pids" && newProcess.includes(each.what)));
}

/** Adds to what is known what a command's last error output says; the last few where it says much. */
export function addOutputDenials(
  known: readonly Denial[],
  stderr: string,
  options: ParsedOptions,
): readonly Denial[] {
  const found = new Map<string, Denial>();
  const lines = errorLines(stderr);
  const named = new Set(lines.filter(({ target }) => target !== undefined).map(({ kind }) => kind));
  for (const line of lines) {
    // Programs say a thing twice, once without its name: `code: 'EROFS'`.
    if (line.target === undefined && named.has(line.kind)) continue;
    const denial = toDenial(line, options);
    if (denial === undefined || isKnown(denial, known)) continue;
    found.set(`${denial.layer} ${denial.what}`, denial);
  }
  return [...known, ...[...found.values()].slice(-maxDenials)];
}
