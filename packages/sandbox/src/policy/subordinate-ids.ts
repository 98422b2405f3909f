import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { SandboxStartError } from "../errors.ts";

export interface Range {
  readonly first: number;
  readonly count: number;
}

/** As many user ids as group ids, side by side. */
export interface IdRange {
  readonly uid: number;
  readonly gid: number;
  readonly count: number;
}

export interface SubordinateIds {
  readonly helpers: { readonly uid: string; readonly gid: string };
  /** The directories where this user's hosts keep ids apart. */
  readonly locks: readonly string[];
  readonly ranges: readonly IdRange[];
}

/** Where distributions put set-user-id programs; not PATH, which says what a user would like to run. */
export const programDirectories = [
  "/usr/bin",
  "/bin",
  "/usr/sbin",
  "/sbin",
  "/usr/local/bin",
  "/run/wrappers/bin",
];

function missing(what: string, fix: string, cause?: unknown): SandboxStartError {
  return new SandboxStartError(`the sandbox could not start: ids: "subordinate" needs ${what}; ${fix}`, {
    step: "ids",
    errno: "ENOENT",
    cause,
  });
}

function findHelper(name: string): string {
  const found = programDirectories.map((directory) => join(directory, name)).find(isProgram);
  if (found === undefined)
    throw missing(
      name,
      'install the package uidmap (Debian, Ubuntu) or shadow-utils (Fedora), or use ids: "auto"',
    );
  return found;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The user's lines of a file as subuid(5) describes it. */
export function parseSubordinate(
  text: string,
  user: { readonly name: string; readonly uid: number },
): Range[] {
  return text.split("\n").flatMap((line) => {
    const [owner, first, count, ...rest] = line.split(":");
    const numbers = { first: Number(first), count: Number(count) };
    const good = rest.length === 0 && Number.isInteger(numbers.first) && numbers.count > 0;
    return good && (owner === user.name || owner === String(user.uid)) ? [numbers] : [];
  });
}

/** The n-th user id goes with the n-th group id. */
export function pairRanges(uids: readonly Range[], gids: readonly Range[]): IdRange[] {
  const paired: IdRange[] = [];
  let [u, g] = [0, 0];
  let [usedUids, usedGids] = [0, 0];
  for (
    let uid = uids[u], gid = gids[g];
    uid !== undefined && gid !== undefined;
    uid = uids[u], gid = gids[g]
  ) {
    const count = Math.min(uid.count - usedUids, gid.count - usedGids);
    paired.push({ uid: uid.first + usedUids, gid: gid.first + usedGids, count });
    usedUids += count;
    usedGids += count;
    if (usedUids === uid.count) [u, usedUids] = [u + 1, 0];
    if (usedGids === gid.count) [g, usedGids] = [g + 1, 0];
  }
  return paired;
}

function rangesOf(path: string, user: { readonly name: string; readonly uid: number }): Range[] {
  let text = "";
  try {
    text = readFileSync(path, "utf8");
  } catch {
    // Without the file there are no ranges.
  }
  return parseSubordinate(text, user);
}

/**
 * The same places for all of this user's hosts, whatever their environment says. The first comes and goes with the
 * user's logins, and nobody else can take it away; the second stays.
 */
function lockDirectories(uid: number): string[] {
  const runtime = `/run/user/${uid}`;
  const own = statSync(runtime, { throwIfNoEntry: false })?.uid === uid;
  return [...(own ? [join(runtime, "cloison")] : []), `/tmp/cloison-${uid}`];
}

function currentUser(): { name: string; uid: number } {
  try {
    const { username: name, uid } = userInfo();
    return { name, uid };
  } catch (cause) {
    throw missing("an entry of this user in /etc/passwd", 'add one, or use ids: "auto"', cause);
  }
}

/**
 * Where this user's subordinate ids come from, read anew for each sandbox: an administrator may change them.
 *
 * @throws SandboxStartError when the helpers or the ranges are missing
 */
export function subordinateIds(): SubordinateIds {
  const helpers = { uid: findHelper("newuidmap"), gid: findHelper("newgidmap") };
  const user = currentUser();
  const ranges = pairRanges(rangesOf("/etc/subuid", user), rangesOf("/etc/subgid", user));
  if (ranges.length === 0)
    throw missing(
      `ranges for ${user.name} in /etc/subuid and /etc/subgid`,
      `run as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${user.name}`,
    );
  return { helpers, locks: lockDirectories(user.uid), ranges };
}
