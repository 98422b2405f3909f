import { defaultSeccompProfile } from "./default-profile.ts";
import { SeccompProfileError } from "./errors.ts";
import { initCalls, launcherCalls, whyNeverAllowed } from "./fixed-calls.ts";
import type { ConditionalCalls, SeccompProfile } from "./profile.ts";
import { redecide } from "./redecide.ts";
import { assertKnownSyscall } from "./syscall-table.ts";

/** What a custom profile changes of another. */
export interface ProfileChanges {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

function conditionsOf(profile: SeccompProfile, call: string): ConditionalCalls | undefined {
  return profile.conditional.find(({ names }) => names.includes(call));
}

function checkAllow(base: SeccompProfile, call: string): void {
  assertKnownSyscall(call);
  const never = whyNeverAllowed(call);
  if (never !== undefined)
    throw new SeccompProfileError(`"${call}" may not be allowed: ${never}; take it out of allow`);
  const calls = conditionsOf(defaultSeccompProfile, call);
  if (calls !== undefined && conditionsOf(base, call)?.rules === calls.rules)
    throw new SeccompProfileError(
      `"${call}" is allowed already, and its arguments stay checked; take it out of allow`,
    );
}

function checkDeny(call: string): void {
  assertKnownSyscall(call);
  if (launcherCalls.includes(call))
    throw new SeccompProfileError(
      `"${call}" may not be denied: a command could not be started; take it out of deny`,
    );
}

/**
 * A profile with some calls more and some less. `allow` never takes the check of a call's arguments away: a call
 * that the default profile allows under conditions is allowed under these. `deny` leaves alone what fails with
 * ENOSYS, by which libraries know that they have to do without.
 *
 * @throws SeccompProfileError for an unknown name, a name in both lists, or a call that may not be changed so
 */
export function customProfile(base: SeccompProfile, { allow, deny }: ProfileChanges): SeccompProfile {
  for (const call of allow) checkAllow(base, call);
  for (const call of deny) checkDeny(call);
  const both = allow.find((call) => deny.includes(call));
  if (both !== undefined)
    throw new SeccompProfileError(`"${both}" is both allowed and denied; take it out of one list`);
  const allowed = [...new Set(allow)];
  const conditionsFor = (call: string) => conditionsOf(defaultSeccompProfile, call);
  return redecide(base, `custom on ${base.name}`, {
    allow: allowed.filter((call) => conditionsFor(call) === undefined),
    deny: [...new Set(deny)].filter((call) => !base.absent.includes(call)),
    conditional: allowed.flatMap((call) => {
      const calls = conditionsFor(call);
      return calls === undefined ? [] : [{ ...calls, names: [call] }];
    }),
  });
}

/** The profile of PID 1 where a command's is `profile`: the same, and what PID 1 lives by. */
export function initProfile(profile: SeccompProfile): SeccompProfile {
  const lacking = initCalls.filter((call) => profile.deny.includes(call));
  return lacking.length === 0 ? profile : redecide(profile, profile.name, { allow: lacking });
}
