import type { ConditionalCalls, SeccompProfile } from "./profile.ts";

/** New decisions; a name may stand in one of them only. */
export interface Decisions {
  readonly allow?: readonly string[];
  /** Fail with EPERM. */
  readonly deny?: readonly string[];
  readonly conditional?: readonly ConditionalCalls[];
}

/** A profile that decides some calls anew and all others as before. */
export function redecide(profile: SeccompProfile, name: string, decisions: Decisions): SeccompProfile {
  const { allow = [], deny = [], conditional = [] } = decisions;
  const anew = new Set([...allow, ...deny, ...conditional.flatMap(({ names }) => names)]);
  const rest = (names: readonly string[]) => names.filter((each) => !anew.has(each));
  return {
    name,
    allow: [...rest(profile.allow), ...allow],
    deny: [...rest(profile.deny), ...deny],
    absent: rest(profile.absent),
    conditional: [
      ...profile.conditional
        .map((calls) => ({ ...calls, names: rest(calls.names) }))
        .filter(({ names }) => names.length > 0),
      ...conditional,
    ],
  };
}
