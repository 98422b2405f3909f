import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Paths of one side, the host's or the sandbox's, to the same two directories of the host. */
export interface Paths {
  /** May be written to. */
  readonly workspace: string;
  /** May be read only, from inside. */
  readonly reading: string;
}

/** Directories of the host for the attacks on files, in one that holds a file which no sandbox is given. */
export interface Stage {
  readonly outside: Paths;
  readonly inside: Paths;
  /** The file that is not mounted; it lies beside the workspace. */
  readonly secret: string;
}

export const inside: Paths = { workspace: "/workspace", reading: "/srv/reading" };

export function makeStage(directory: string): Stage {
  const outside = { workspace: join(directory, "workspace"), reading: join(directory, "reading") };
  const secret = join(directory, "secret");
  writeFileSync(secret, "of the host alone\n");
  for (const path of Object.values(outside)) {
    mkdirSync(path);
    writeFileSync(join(path, "file"), "given\n");
    symlinkSync(secret, join(path, "absolute"));
    symlinkSync("../secret", join(path, "relative"));
    symlinkSync(`/proc/self/root${secret}`, join(path, "through-proc"));
  }
  return { outside, inside, secret };
}
