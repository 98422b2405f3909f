/**
 * Classic BPF as seccomp runs it: a 32-bit accumulator, forward jumps only, and `struct seccomp_data` as the
 * packet (linux/filter.h, linux/bpf_common.h, linux/seccomp.h, Documentation/userspace-api/seccomp_filter.rst).
 */
export interface Instruction {
  readonly code: number;
  /** Instructions to skip when the comparison holds, 0 to 255. */
  readonly jt: number;
  /** Instructions to skip when it does not, 0 to 255. */
  readonly jf: number;
  /** Operand, 32-bit unsigned. */
  readonly k: number;
}

/** Operation codes that compiled filters use. All but `load` of an argument are understood by the kernel's
 * allow-bitmap (seccomp_is_const_allow in kernel/seccomp.c), which then never runs the filter for such calls. */
export const opcodes = {
  load: 0x20, // BPF_LD | BPF_W | BPF_ABS
  and: 0x54, // BPF_ALU | BPF_AND | BPF_K
  jump: 0x05, // BPF_JMP | BPF_JA
  jumpEqual: 0x15, // BPF_JMP | BPF_JEQ | BPF_K
  jumpAtLeast: 0x35, // BPF_JMP | BPF_JGE | BPF_K
  jumpAnyBit: 0x45, // BPF_JMP | BPF_JSET | BPF_K
  return: 0x06, // BPF_RET | BPF_K
} as const;

/** Offsets in `struct seccomp_data`: number, architecture, instruction pointer, six 64-bit arguments. */
export const dataOffsets = { number: 0, arch: 4, arguments: 16 } as const;

/** BPF_MAXINSNS: the kernel refuses longer programs. */
export const maxInstructions = 4096;

/** sizeof(struct sock_filter): u16 code, u8 jt, u8 jf, u32 k. */
export const instructionBytes = 8;

export function load(offset: number): Instruction {
  return { code: opcodes.load, jt: 0, jf: 0, k: offset };
}

export function jump(distance: number): Instruction {
  return { code: opcodes.jump, jt: 0, jf: 0, k: distance };
}

export function and(mask: number): Instruction {
  return { code: opcodes.and, jt: 0, jf: 0, k: mask };
}

/** Offset of the low word of an argument; x86-64 and arm64 Linux are little-endian. */
export function argumentLowWord(index: number): number {
  return dataOffsets.arguments + index * 8;
}

/** Lays instructions out as the array of `struct sock_filter` that the kernel takes. */
export function encode(program: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * instructionBytes);
  const view = new DataView(bytes.buffer);
  for (const [index, { code, jt, jf, k }] of program.entries()) {
    const at = index * instructionBytes;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, jt);
    view.setUint8(at + 3, jf);
    view.setUint32(at + 4, k, true);
  }
  return bytes;
}
