import { SeccompProfileError } from "./errors.ts";
import type { ConditionalCalls, SeccompArch, SeccompProfile, Verdict } from "./profile.ts";
import { assertKnownSyscall, syscallTable } from "./syscall-table.ts";

/** A verdict, or the calls whose rules give one. */
export type Decision = Verdict | ConditionalCalls;

/** Decision for every number from `start` up to the start of the next interval. */
export interface Interval {
  readonly start: number;
  readonly decision: Decision;
}

/**
 * Cuts the numbers from 0 to 2^32 - 1 into as few intervals of one decision as possible, in rising order.
 *
 * @throws SeccompProfileError when a name is unknown or stands in the profile twice
 */
export function decisionIntervals(profile: SeccompProfile, arch: SeccompArch): Interval[] {
  const byNumber = decisionsByNumber(profile, arch);
  const intervals: Interval[] = [];
  let decision: Decision | undefined;
  const end = Math.max(-1, ...byNumber.keys()) + 1;
  for (let number = 0; number <= end; number++) {
    const here = byNumber.get(number) ?? "ENOSYS";
    if (here !== decision) intervals.push({ start: number, decision: here });
    decision = here;
  }
  return intervals;
}

function decisionsByNumber(profile: SeccompProfile, arch: SeccompArch): Map<number, Decision> {
  const table = syscallTable(arch);
  const byNumber = new Map<number, Decision>();
  for (const [name, decision] of decisionsByName(profile)) {
    const number = table.get(name);
    if (number !== undefined) byNumber.set(number, decision);
  }
  return byNumber;
}

function decisionsByName(profile: SeccompProfile): Map<string, Decision> {
  const byName = new Map<string, Decision>();
  const decide = (names: readonly string[], decision: Decision) => {
    for (const name of names) {
      assertKnownSyscall(name);
      if (byName.has(name)) {
        throw new SeccompProfileError(
          `seccomp profile "${profile.name}" decides "${name}" twice: remove one`,
        );
      }
      byName.set(name, decision);
    }
  };
  decide(profile.allow, "allow");
  decide(profile.deny, "EPERM");
  decide(profile.absent, "ENOSYS");
  for (const calls of profile.conditional) decide(calls.names, calls);
  return byName;
}
