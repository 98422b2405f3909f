/** Machines that a filter can be compiled for, by the names Node gives them in `process.arch`. */
export type SeccompArch = "x64" | "arm64";

/**
 * What the kernel does with a system call: let it run, fail it with an errno, or kill the whole process with
 * SIGSYS. `final EPERM` is EPERM by the kernel alone, also where other refusals are told to a listener.
 */
export type Verdict =
  | "allow"
  | "kill"
  | "final EPERM"
  | "EPERM"
  | "ENOSYS"
  | "EAFNOSUPPORT"
  | "EPROTONOSUPPORT";

/**
 * One comparison with the low 32 bits of an argument.
 *
 * A register has 64 bits, but the kernel looks at no more than 32 of an `int`, a `mode_t` or clone's flags. A
 * 64-bit comparison would let `AF_VSOCK | 1 << 32` past a rule for `AF_VSOCK`, so only the low word is ever
 * compared, and rules are only written for arguments that the kernel itself truncates.
 */
export interface Comparison {
  /** Index of the argument, from 0. */
  readonly argument: 0 | 1 | 2 | 3 | 4 | 5;
  /** Bits that count, 32-bit unsigned; all of the low word when absent. */
  readonly mask?: number;
  readonly is: "equal" | "different";
  /** 32-bit unsigned. */
  readonly value: number;
}

/** Decides a call when every one of its comparisons holds. */
export interface ArgumentRule {
  readonly when: readonly Comparison[];
  readonly verdict: Verdict;
}

/** System calls whose verdict depends on their arguments: the first rule that holds decides. */
export interface ConditionalCalls {
  readonly names: readonly string[];
  readonly rules: readonly ArgumentRule[];
  /** The verdict when no rule holds. */
  readonly otherwise: Verdict;
}

/**
 * A filter as data. Every name stands in one list only; numbers that no list decides fail with ENOSYS, as they
 * would on an older kernel, so that programs use their fallbacks.
 */
export interface SeccompProfile {
  readonly name: string;
  /** Run whatever their arguments are. */
  readonly allow: readonly string[];
  /** Fail with EPERM. */
  readonly deny: readonly string[];
  /** Fail with ENOSYS: known calls for which programs have a fallback, or that no kernel implements any more. */
  readonly absent: readonly string[];
  readonly conditional: readonly ConditionalCalls[];
}
