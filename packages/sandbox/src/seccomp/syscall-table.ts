import { SeccompProfileError } from "./errors.ts";
import type { SeccompArch } from "./profile.ts";
import { arm64SyscallRuns } from "./syscalls-arm64.ts";
import { x64SyscallRuns } from "./syscalls-x64.ts";

/** Numbers of the system calls of one architecture by their names. */
export type SyscallTable = ReadonlyMap<string, number>;

const tables: Readonly<Record<SeccompArch, SyscallTable>> = {
  x64: parseRuns(x64SyscallRuns),
  arm64: parseRuns(arm64SyscallRuns),
};

/** The system calls of an architecture, up to those of Linux 6.19. */
export function syscallTable(arch: SeccompArch): SyscallTable {
  return tables[arch];
}

/**
 * Throws when a name is in no table at all, so that a misspelt rule cannot be dropped in silence. Names that
 * only another architecture has (`open` on arm64) are fine.
 *
 * @throws SeccompProfileError
 */
export function assertKnownSyscall(name: string): void {
  for (const table of Object.values(tables)) if (table.has(name)) return;
  throw new SeccompProfileError(
    `"${name}" is no system call of x86-64 or arm64 Linux up to 6.19; correct its spelling`,
  );
}

function parseRuns(text: string): SyscallTable {
  const table = new Map<string, number>();
  let next = 0;
  for (const word of text.split(/\s+/)) {
    if (word === "") continue;
    if (/^\d+$/.test(word)) next = Number(word);
    else table.set(word, next++);
  }
  return table;
}
