import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Lane, userId } from "./as-user.ts";

/** What /etc/subuid and /etc/subgid give: two ranges and three, so that they must be paired. */
export const subordinate = { uids: [700000, 700001, 720000], gids: [800000, 810000, 810001] } as const;
/** A supplementary group of the user's. */
export const extraGroup = 65531;

function lacks(): string | undefined {
  if (process.geteuid?.() !== 0) return "needs root to give a user subordinate ids";
  for (const program of ["newuidmap", "newgidmap", "unshare", "setpriv", "mount"])
    if (spawnSync(program, ["--help"]).error !== undefined) return `no ${program} here`;
  return undefined;
}

const skipped = lacks();

/** A lane in which root's wrapper becomes a user with subordinate ids. */
export const subordinateLane: Lane = {
  title: `as an ordinary user with subordinate ids${skipped === undefined ? "" : ` (skipped: ${skipped})`}`,
  kind: "root",
  enforce: "best-effort",
  skipped,
};

/**
 * Runs a host as an ordinary user that has subordinate ids, by files that it alone sees in /etc: the machine's own
 * stay as they are.
 */
export function asSubordinateUser(directory: string): readonly [string, ...string[]] {
  const files = {
    passwd: `${readFileSync("/etc/passwd", "utf8")}lane:x:${userId}:${userId}::/nonexistent:/bin/sh\n`,
    subuid: "other:1:1\nlane:700000:2\n65533:720000:1\nbad\n",
    subgid: "lane:800000:1\nlane:810000:2\n",
  };
  const mounts = Object.entries(files).map(([name, text]) => {
    writeFileSync(join(directory, name), text);
    return `mount --bind ${directory}/${name} /etc/${name}`;
  });
  const become = `exec setpriv --reuid ${userId} --regid ${userId} --groups ${extraGroup} "$@"`;
  const script = [...mounts, become].join(" && ");
  return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh"];
}
