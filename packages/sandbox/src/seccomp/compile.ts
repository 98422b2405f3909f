import { type Assembler, createAssembler, type Label } from "./assembler.ts";
import * as bpf from "./bpf.ts";
import { type Decision, decisionIntervals, type Interval } from "./decisions.ts";
import { SeccompProfileError } from "./errors.ts";
import type {
  ArgumentRule,
  Comparison,
  ConditionalCalls,
  SeccompArch,
  SeccompProfile,
  Verdict,
} from "./profile.ts";

/** AUDIT_ARCH_* of linux/audit.h. */
const auditArch: Readonly<Record<SeccompArch, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 };

/** __X32_SYSCALL_BIT: the x32 ABI shares x86-64's AUDIT_ARCH and differs by this bit of the number. */
const x32Bit = 0x40000000;

const SECCOMP_RET_ERRNO = 0x00050000;

/** SECCOMP_RET_* of linux/seccomp.h; the errno is in the low 16 bits. */
const returnValues: Readonly<Record<Verdict, number>> = {
  allow: 0x7fff0000,
  kill: 0x80000000, // SECCOMP_RET_KILL_PROCESS
  EPERM: SECCOMP_RET_ERRNO | 1,
  ENOSYS: SECCOMP_RET_ERRNO | 38,
  EPROTONOSUPPORT: SECCOMP_RET_ERRNO | 93,
  EAFNOSUPPORT: SECCOMP_RET_ERRNO | 97,
};

const allBits = 0xffffffff;

/**
 * Compiles a profile into the program that `seccomp(SECCOMP_SET_MODE_FILTER)` takes: an array of
 * `struct sock_filter`, little-endian, 8 bytes each.
 *
 * The number is found by binary search. Calls of another architecture (int 0x80 included) and of the x32 ABI
 * kill the process: their numbers mean something else, and nothing that runs in a sandbox uses them.
 *
 * @throws SeccompProfileError when the profile names an unknown call, decides one twice, or is too large
 */
export function compileSeccomp(profile: SeccompProfile, arch: SeccompArch): Uint8Array {
  const assembler = createAssembler();
  const kill = returnOf(assembler, "kill");
  const search = assembleSearch(assembler, decisionIntervals(profile, arch));
  assemblePrologue(assembler, arch, { search, kill });
  const program = assembler.program();
  if (program.length > bpf.maxInstructions) {
    throw new SeccompProfileError(
      `seccomp profile "${profile.name}" needs ${program.length} instructions, the kernel takes ${bpf.maxInstructions}: merge rules`,
    );
  }
  return bpf.encode(program);
}

function returnOf(assembler: Assembler, verdict: Verdict): Label {
  return assembler.give(returnValues[verdict]);
}

function assemblePrologue(
  assembler: Assembler,
  arch: SeccompArch,
  { search, kill }: { readonly search: Label; readonly kill: Label },
): void {
  const number = arch === "x64" ? assembler.test(bpf.opcodes.jumpAnyBit, x32Bit, kill, search) : search;
  const load = assembler.before(number, bpf.load(bpf.dataOffsets.number));
  const check = assembler.test(bpf.opcodes.jumpEqual, auditArch[arch], load, kill);
  assembler.before(check, bpf.load(bpf.dataOffsets.arch));
}

/** A search tree over the intervals, by the number in the accumulator. */
function assembleSearch(assembler: Assembler, intervals: readonly Interval[]): Label {
  const middle = intervals.length >> 1;
  const pivot = intervals[middle];
  if (pivot === undefined) return returnOf(assembler, "ENOSYS");
  if (middle === 0) return assembleDecision(assembler, pivot.decision);
  const above = assembleSearch(assembler, intervals.slice(middle));
  const below = assembleSearch(assembler, intervals.slice(0, middle));
  return assembler.test(bpf.opcodes.jumpAtLeast, pivot.start, above, below);
}

function assembleDecision(assembler: Assembler, decision: Decision): Label {
  return typeof decision === "string" ? returnOf(assembler, decision) : assembleRules(assembler, decision);
}

function assembleRules(assembler: Assembler, calls: ConditionalCalls): Label {
  const otherwise = returnOf(assembler, calls.otherwise);
  return calls.rules.reduceRight((next, rule) => assembleRule(assembler, rule, next), otherwise);
}

/** The verdict when every comparison holds, else `next`. */
function assembleRule(assembler: Assembler, rule: ArgumentRule, next: Label): Label {
  const verdict = returnOf(assembler, rule.verdict);
  return rule.when.reduceRight(
    (holds, comparison) => assembleComparison(assembler, comparison, { holds, fails: next }),
    verdict,
  );
}

function assembleComparison(
  assembler: Assembler,
  { argument, mask = allBits, is, value }: Comparison,
  { holds, fails }: { readonly holds: Label; readonly fails: Label },
): Label {
  const [equal, different] = is === "equal" ? [holds, fails] : [fails, holds];
  const test = assembler.test(bpf.opcodes.jumpEqual, value, equal, different);
  const masked = mask === allBits ? test : assembler.before(test, bpf.and(mask));
  return assembler.before(masked, bpf.load(bpf.argumentLowWord(argument)));
}
