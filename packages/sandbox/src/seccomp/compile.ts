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

type Block = readonly bpf.Instruction[];

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
  const program = [...prologue(arch), ...search(decisionIntervals(profile, arch))];
  if (program.length > bpf.maxInstructions) {
    throw new SeccompProfileError(
      `seccomp profile "${profile.name}" needs ${program.length} instructions, the kernel takes ${bpf.maxInstructions}: merge rules`,
    );
  }
  return bpf.encode(program);
}

function prologue(arch: SeccompArch): Block {
  const checkArch = [
    bpf.load(bpf.dataOffsets.arch),
    { code: bpf.opcodes.jumpEqual, jt: 1, jf: 0, k: auditArch[arch] },
    giveVerdict("kill"),
    bpf.load(bpf.dataOffsets.number),
  ];
  if (arch !== "x64") return checkArch;
  return [...checkArch, { code: bpf.opcodes.jumpAnyBit, jt: 0, jf: 1, k: x32Bit }, giveVerdict("kill")];
}

function giveVerdict(verdict: Verdict): bpf.Instruction {
  return { code: bpf.opcodes.return, jt: 0, jf: 0, k: returnValues[verdict] };
}

/** A search tree over the intervals, its leaves in line, so that every jump leads forward. */
function search(intervals: readonly Interval[]): Block {
  const middle = intervals.length >> 1;
  const pivot = intervals[middle];
  if (pivot === undefined) return [giveVerdict("ENOSYS")];
  if (middle === 0) return decide(pivot.decision);
  const below = search(intervals.slice(0, middle));
  const above = search(intervals.slice(middle));
  const compare = { code: bpf.opcodes.jumpAtLeast, k: pivot.start };
  if (below.length <= 0xff) return [{ ...compare, jt: below.length, jf: 0 }, ...below, ...above];
  // A conditional jump reaches 255 instructions; a plain one reaches any.
  return [{ ...compare, jt: 0, jf: 1 }, bpf.jump(below.length), ...below, ...above];
}

function decide(decision: Decision): Block {
  return typeof decision === "string" ? [giveVerdict(decision)] : decideByArguments(decision);
}

function decideByArguments(calls: ConditionalCalls): Block {
  return [...calls.rules.flatMap(applyRule), giveVerdict(calls.otherwise)];
}

/** The verdict when every comparison holds; falls through behind its last instruction otherwise. */
function applyRule(rule: ArgumentRule): bpf.Instruction[] {
  let block: bpf.Instruction[] = [giveVerdict(rule.verdict)];
  for (const comparison of [...rule.when].reverse())
    block = [...compareElseSkip(comparison, block.length), ...block];
  return block;
}

function compareElseSkip(comparison: Comparison, distance: number): bpf.Instruction[] {
  const { argument, mask = allBits, is, value } = comparison;
  if (distance > 0xff) {
    throw new SeccompProfileError("a seccomp rule has too many comparisons to jump over: split it");
  }
  const jumps = is === "equal" ? { jt: 0, jf: distance } : { jt: distance, jf: 0 };
  const low = bpf.load(bpf.argumentLowWord(argument));
  const test = { code: bpf.opcodes.jumpEqual, ...jumps, k: value };
  return mask === allBits ? [low, test] : [low, bpf.and(mask), test];
}
