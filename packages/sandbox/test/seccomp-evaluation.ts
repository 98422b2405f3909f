import type { ArgumentRule, Comparison, SeccompArch, SeccompProfile, Verdict } from "../src/seccomp/index.ts";
import { syscallTable } from "../src/seccomp/syscall-table.ts";
import type { SyscallData } from "./seccomp-interpreter.ts";

/** AUDIT_ARCH_X86_64, _AARCH64 and, for the other ABIs of the same machines, _I386 and _ARM. */
export const auditArch = { x64: 0xc000003e, arm64: 0xc00000b7, i386: 0x40000003, arm: 0x40000028 } as const;

export const returnValue: Readonly<Record<Verdict, number>> = {
  allow: 0x7fff0000,
  kill: 0x80000000,
  EPERM: 0x50001,
  ENOSYS: 0x50026,
  EPROTONOSUPPORT: 0x5005d,
  EAFNOSUPPORT: 0x50061,
  "final EPERM": 0x50001,
};

/** The same where a listener is asked: SECCOMP_RET_USER_NOTIF with the errno beside it. */
export const askedValue: Readonly<Record<Verdict, number>> = {
  ...returnValue,
  EPERM: 0x7fc00001,
  EPROTONOSUPPORT: 0x7fc0005d,
  EAFNOSUPPORT: 0x7fc00061,
};

/** Names of the system calls of each architecture by number. */
export const namesByNumber: Readonly<Record<SeccompArch, ReadonlyMap<number, string>>> = {
  x64: new Map([...syscallTable("x64")].map(([name, number]) => [number, name])),
  arm64: new Map([...syscallTable("arm64")].map(([name, number]) => [number, name])),
};

/** The meaning of a profile, said the plainest way there is: what compiled programs are compared with. */
export function evaluate(profile: SeccompProfile, arch: SeccompArch, data: SyscallData): Verdict {
  if (data.arch !== auditArch[arch]) return "kill";
  if (arch === "x64" && (data.number & 0x40000000) !== 0) return "kill";
  const name = namesByNumber[arch].get(data.number);
  if (name === undefined) return "ENOSYS";
  if (profile.allow.includes(name)) return "allow";
  if (profile.deny.includes(name)) return "EPERM";
  const calls = profile.conditional.find(({ names }) => names.includes(name));
  if (calls === undefined) return "ENOSYS";
  return calls.rules.find((rule) => ruleHolds(rule, data))?.verdict ?? calls.otherwise;
}

function ruleHolds(rule: ArgumentRule, data: SyscallData): boolean {
  return rule.when.every((comparison) => {
    const low = BigInt.asUintN(32, data.args[comparison.argument] ?? 0n);
    const equal = (low & BigInt(comparison.mask ?? 0xffffffff)) === BigInt(comparison.value);
    return comparison.is === "equal" ? equal : !equal;
  });
}

/** Argument lists at and around every edge of a call's rules, each value with the high word clear and set. */
export function edgeArguments(rules: readonly ArgumentRule[]): bigint[][] {
  let lists: bigint[][] = [[0n, 0n, 0n, 0n, 0n, 0n]];
  const comparisons = rules.flatMap(({ when }) => when);
  for (const argument of new Set(comparisons.map((comparison) => comparison.argument))) {
    const edges = edgeValues(comparisons.filter((comparison) => comparison.argument === argument));
    lists = lists.flatMap((list) => edges.map((edge) => list.with(argument, edge)));
  }
  return lists;
}

function edgeValues(comparisons: readonly Comparison[]): bigint[] {
  const low = new Set<bigint>([0n, 1n, 0xffffffffn, 0x7fffffffn, 0x80000000n]);
  for (const { mask = 0xffffffff, value } of comparisons) {
    for (const edge of [value, value + 1, value - 1, mask, mask ^ value, ~mask | value]) {
      low.add(BigInt.asUintN(32, BigInt(edge)));
    }
    for (let bit = 1n; bit <= 0x80000000n; bit <<= 1n)
      if ((BigInt(mask) & bit) !== 0n && mask !== 0xffffffff) low.add(bit);
  }
  return [...low].flatMap((value) => [value, value | (1n << 32n), value | (0xffffffffn << 32n)]);
}
