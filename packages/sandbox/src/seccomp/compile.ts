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

// SECCOMP_RET_* of linux/seccomp.h; the errno is in the low 16 bits.
const SECCOMP_RET_KILL_PROCESS = 0x80000000;
const SECCOMP_RET_ALLOW = 0x7fff0000;
const SECCOMP_RET_USER_NOTIF = 0x7fc00000;
const SECCOMP_RET_ERRNO = 0x00050000;

const errnos = { EPERM: 1, ENOSYS: 38, EPROTONOSUPPORT: 93, EAFNOSUPPORT: 97 } as const;

/**
 * Who gives a refused call its errno. `kernel`: the program itself. `listener`: a process outside, which finds the
 * same errno in the low bits of the program's verdict and can tell what was refused. Calls that are unknown, as on an
 * older kernel, never go there, and neither does a filter's listener: only a verdict of the kernel's own outranks what
 * a filter inside may add.
 */
export type RefusedBy = "kernel" | "listener";

function returnValue(verdict: Verdict, refusedBy: RefusedBy): number {
  if (verdict === "kill") return SECCOMP_RET_KILL_PROCESS;
  if (verdict === "allow") return SECCOMP_RET_ALLOW;
  if (verdict === "final EPERM") return SECCOMP_RET_ERRNO | errnos.EPERM;
  const asked = refusedBy === "listener" && verdict !== "ENOSYS";
  return (asked ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ERRNO) | errnos[verdict];
}

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
export function compileSeccomp(
  profile: SeccompProfile,
  arch: SeccompArch,
  refusedBy: RefusedBy = "kernel",
): Uint8Array {
  const target = createTarget(refusedBy);
  const kill = target.verdict("kill");
  const search = assembleSearch(target, decisionIntervals(profile, arch));
  assemblePrologue(target, arch, { search, kill });
  const program = target.program();
  if (program.length > bpf.maxInstructions) {
    throw new SeccompProfileError(
      `seccomp profile "${profile.name}" needs ${program.length} instructions, the kernel takes ${bpf.maxInstructions}: merge rules`,
    );
  }
  return bpf.encode(program);
}

/** An assembler that knows what verdicts are in this program. */
interface Target extends Assembler {
  verdict(verdict: Verdict): Label;
}

function createTarget(refusedBy: RefusedBy): Target {
  const assembler = createAssembler();
  return { ...assembler, verdict: (verdict) => assembler.give(returnValue(verdict, refusedBy)) };
}

function assemblePrologue(
  target: Target,
  arch: SeccompArch,
  { search, kill }: { readonly search: Label; readonly kill: Label },
): void {
  const number = arch === "x64" ? target.test(bpf.opcodes.jumpAnyBit, x32Bit, kill, search) : search;
  const load = target.before(number, bpf.load(bpf.dataOffsets.number));
  const check = target.test(bpf.opcodes.jumpEqual, auditArch[arch], load, kill);
  target.before(check, bpf.load(bpf.dataOffsets.arch));
}

/** A search tree over the intervals, by the number in the accumulator. */
function assembleSearch(target: Target, intervals: readonly Interval[]): Label {
  const middle = intervals.length >> 1;
  const pivot = intervals[middle];
  if (pivot === undefined) return target.verdict("ENOSYS");
  if (middle === 0) return assembleDecision(target, pivot.decision);
  const above = assembleSearch(target, intervals.slice(middle));
  const below = assembleSearch(target, intervals.slice(0, middle));
  return target.test(bpf.opcodes.jumpAtLeast, pivot.start, above, below);
}

function assembleDecision(target: Target, decision: Decision): Label {
  return typeof decision === "string" ? target.verdict(decision) : assembleRules(target, decision);
}

function assembleRules(target: Target, calls: ConditionalCalls): Label {
  const otherwise = target.verdict(calls.otherwise);
  return calls.rules.reduceRight((next, rule) => assembleRule(target, rule, next), otherwise);
}

/** The verdict when every comparison holds, else `next`. */
function assembleRule(target: Target, rule: ArgumentRule, next: Label): Label {
  const verdict = target.verdict(rule.verdict);
  return rule.when.reduceRight(
    (holds, comparison) => assembleComparison(target, comparison, { holds, fails: next }),
    verdict,
  );
}

function assembleComparison(
  target: Target,
  { argument, mask = allBits, is, value }: Comparison,
  { holds, fails }: { readonly holds: Label; readonly fails: Label },
): Label {
  const [equal, different] = is === "equal" ? [holds, fails] : [fails, holds];
  const test = target.test(bpf.opcodes.jumpEqual, value, equal, different);
  const masked = mask === allBits ? test : target.before(test, bpf.and(mask));
  return target.before(masked, bpf.load(bpf.argumentLowWord(argument)));
}
