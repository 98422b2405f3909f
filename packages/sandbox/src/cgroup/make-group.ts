import { mkdirSync, rmdirSync } from "node:fs";
import { errorCode, writeControl } from "./control-file.ts";
import { CgroupOptionError, CgroupUnavailableError, delegationFix } from "./errors.ts";

/** A value to write into a control file of a new group. */
export interface Setting {
  readonly path: string;
  readonly value: string | number;
  /** What to do when this kernel has no such file; by default, how to have a group delegated. */
  readonly fix?: string;
}

/**
 * Makes a group's directories and sets it up; removes what was made when a step fails.
 *
 * @throws CgroupOptionError when the name is in use
 * @throws CgroupUnavailableError when the kernel refuses
 */
export function makeGroup(directories: readonly string[], settings: readonly Setting[]): void {
  const made: string[] = [];
  let at = "";
  let fix = delegationFix;
  try {
    for (at of directories) {
      mkdirSync(at);
      made.push(at);
    }
    for (const setting of settings) {
      at = `${setting.path} = ${setting.value}`;
      fix = setting.fix ?? delegationFix;
      writeControl(setting.path, setting.value);
    }
  } catch (cause) {
    for (const directory of made.reverse()) rmdirSync(directory);
    throw refusal(at, cause, fix);
  }
}

function refusal(at: string, cause: unknown, fix: string): Error {
  const code = errorCode(cause);
  if (code === "EEXIST") return new CgroupOptionError(`cgroup ${at} exists: choose another name`, { cause });
  if (code === "EINVAL") {
    return new CgroupUnavailableError(
      `the kernel refuses ${at}: a group above may allow less; ask for less`,
      { cause },
    );
  }
  return new CgroupUnavailableError(`cannot set up cgroup ${at} (${code}): ${fix}`, { cause });
}
