import { createAdaptedSandbox } from "./create-sandbox.ts";
import type { Adaptation } from "./living-sandbox.ts";
import type { Operation } from "./policy/encode-policy.ts";
import type { Sandbox, SandboxOptions } from "./types.ts";

/** SECCOMP_RET_ALLOW for every call, as a program of one instruction (`struct sock_filter` in hexadecimal). */
const allowEverything = "060000000000ff7f";

function without(...names: readonly string[]): Adaptation {
  return (operations) => operations.filter(([name]) => !names.includes(name));
}

const guards = {
  /** The system call filter: one that allows everything takes its place. */
  seccomp: (operations) =>
    operations.map(
      (operation): Operation => (operation[0] === "seccomp" ? ["seccomp", allowEverything] : operation),
    ),
  /** The covers over what /proc tells about the host. */
  masks: without("mask"),
  /** The read-only view of /proc/sys. */
  "read-only-proc": without("read-only"),
} satisfies Record<string, Adaptation>;

/** A part of the sandbox that can be left out to show that an attack depends on it. */
export type Guard = keyof typeof guards;

/**
 * A sandbox with parts left out, for the controls of the attack corpus only: an attack that the whole sandbox
 * refuses must get further here. Not exported by the package.
 *
 * @throws what `createSandbox` throws
 */
export function createWeakenedSandbox(options: SandboxOptions, off: readonly Guard[]): Promise<Sandbox> {
  return createAdaptedSandbox(options, (operations) =>
    off.reduce<readonly Operation[]>((rest, name) => guards[name](rest), operations),
  );
}
