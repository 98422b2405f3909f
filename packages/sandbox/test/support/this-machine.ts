import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";

// What the environment says of a machine that is unlike a developer's; scripts/vm/ is one.

/** By how much longer it may take for all that is waited for. */
export const patience = Number(process.env.CLOISON_TEST_PATIENCE ?? 1);

/**
 * How long what must come is waited for, in milliseconds. When it comes is the machine's affair, however busy that is:
 * only a test that fails waits for so long, and then still has the time to say what it has seen.
 */
export const waitMs = 45_000;

/** Whether tests share the processes that use the library as applications, as far as they may. */
export const sharesHosts = process.env.CLOISON_TEST_SHARED_HOSTS !== undefined;

const prebuilt = process.env.CLOISON_TEST_PREBUILT;

/** Whether a test's program of C was compiled elsewhere. */
export function isPrebuilt(name: string): boolean {
  return prebuilt !== undefined && existsSync(join(prebuilt, name));
}

/** Copies a program that was compiled elsewhere; false when there is none, and it is the caller's to compile. */
export function copyPrebuilt(name: string, output: string): boolean {
  if (prebuilt === undefined || !isPrebuilt(name)) return false;
  copyFileSync(join(prebuilt, name), output);
  return true;
}

const chosenLanes = process.env.CLOISON_TEST_LANES?.split(" ");

/** Whether tests of this kind of host are wanted. */
export function isLaneWanted(kind: string): boolean {
  return chosenLanes === undefined || chosenLanes.includes(kind);
}
