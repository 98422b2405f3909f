import type { SeccompArch, SeccompProfile } from "../seccomp/index.ts";
import { syscallTable } from "../seccomp/syscall-table.ts";
import type { Denial } from "../types.ts";
import { type ArgumentWords, describeCall } from "./call-arguments.ts";
import { hintFor } from "./call-hints.ts";

/** A refused call, as the kernel told the launcher of it. */
export interface Refusal {
  readonly number: number;
  readonly words: ArgumentWords;
}

const names = new Map<SeccompArch, ReadonlyMap<number, string>>();

function nameOf(arch: SeccompArch, number: number): string {
  const known =
    names.get(arch) ?? new Map([...syscallTable(arch)].map(([name, value]) => [value, name] as const));
  names.set(arch, known);
  return known.get(number) ?? `system call ${number}`;
}

export function refusalDenial(
  { number, words }: Refusal,
  arch: SeccompArch,
  profile: SeccompProfile,
): Denial {
  const name = nameOf(arch, number);
  return { layer: "seccomp", what: describeCall(name, words), hint: hintFor(name, words, profile) };
}

/** More kinds of calls were refused than the launcher tells. */
export function moreRefusals(count: number): Denial {
  return {
    layer: "seccomp",
    what: `${count} more calls of other kinds`,
    hint: "no program that means well is refused so much; do not trust it",
  };
}

/** The kernel gives the launcher no listener, so what was refused is known to the program alone. */
export function refusalsUntold(errno: string): Denial {
  return {
    layer: "seccomp",
    what: `refused calls cannot be told on this host (${errno})`,
    hint: "they are refused all the same; EBUSY: this host itself runs under a filter with a listener, as some containers do",
  };
}

export const killedByFilter: Denial = {
  layer: "seccomp",
  what: "a call of another architecture or of the x32 ABI, unless the command sent itself SIGSYS",
  hint: "run a 64-bit build of the program: 32-bit calls (int 0x80) and x32 end a process here",
};
