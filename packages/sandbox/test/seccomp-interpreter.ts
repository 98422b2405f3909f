import { dataOffsets, instructionBytes, opcodes } from "../src/seccomp/bpf.ts";

/** What the kernel shows a filter of one system call (struct seccomp_data). */
export interface SyscallData {
  /** 32-bit unsigned. */
  readonly number: number;
  /** AUDIT_ARCH_*. */
  readonly arch: number;
  /** Six registers, 64-bit unsigned. */
  readonly args: readonly bigint[];
}

export interface Outcome {
  /** SECCOMP_RET_* value. */
  readonly value: number;
  readonly steps: number;
  readonly readsArguments: boolean;
}

interface Decoded {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

export function decode(program: Uint8Array): Decoded[] {
  if (program.length === 0 || program.length % instructionBytes !== 0) throw new RangeError("not a filter");
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  return Array.from({ length: program.length / instructionBytes }, (_, index) => {
    const at = index * instructionBytes;
    return {
      code: view.getUint16(at, true),
      jt: view.getUint8(at + 2),
      jf: view.getUint8(at + 3),
      k: view.getUint32(at + 4, true),
    };
  });
}

/** Runs a filter as the kernel would; throws where the kernel's checker would refuse the program. */
export function interpret(program: readonly Decoded[], data: SyscallData): Outcome {
  let accumulator = 0;
  let readsArguments = false;
  for (let at = 0, steps = 1; ; at++, steps++) {
    const instruction = program[at];
    if (instruction === undefined) throw new RangeError(`fell off the program's end at ${at}`);
    const { code, jt, jf, k } = instruction;
    if (code === opcodes.return) return { value: k, steps, readsArguments };
    if (code === opcodes.load) {
      accumulator = word(data, k);
      readsArguments ||= k >= dataOffsets.arguments;
    } else if (code === opcodes.and) accumulator = (accumulator & k) >>> 0;
    else if (code === opcodes.jump) at += k;
    else at += holds(code, accumulator, k) ? jt : jf;
  }
}

function holds(code: number, accumulator: number, k: number): boolean {
  if (code === opcodes.jumpEqual) return accumulator === k;
  if (code === opcodes.jumpAtLeast) return accumulator >= k;
  if (code === opcodes.jumpAnyBit) return (accumulator & k) !== 0;
  throw new RangeError(`unknown operation ${code}`);
}

/** struct seccomp_data: int nr; u32 arch; u64 instruction_pointer; u64 args[6]. Aligned 32-bit loads only. */
function word(data: SyscallData, offset: number): number {
  const bytes = new DataView(new ArrayBuffer(64));
  bytes.setUint32(0, data.number, true);
  bytes.setUint32(4, data.arch, true);
  for (const [index, value] of data.args.entries()) bytes.setBigUint64(16 + index * 8, value, true);
  if (offset % 4 !== 0) throw new RangeError(`unaligned load at ${offset}`);
  return bytes.getUint32(offset, true);
}

/** One line an instruction, with jump targets as line numbers. */
export function disassemble(program: Uint8Array): string[] {
  const hex = (value: number) => `0x${value.toString(16)}`;
  return decode(program).map(({ code, jt, jf, k }, line) => {
    const targets = `? ${line + 1 + jt} : ${line + 1 + jf}`;
    if (code === opcodes.load) return `${line}: load [${k}]`;
    if (code === opcodes.and) return `${line}: and ${hex(k)}`;
    if (code === opcodes.jump) return `${line}: jump ${line + 1 + k}`;
    if (code === opcodes.jumpEqual) return `${line}: == ${hex(k)} ${targets}`;
    if (code === opcodes.jumpAtLeast) return `${line}: >= ${k} ${targets}`;
    if (code === opcodes.jumpAnyBit) return `${line}: & ${hex(k)} ${targets}`;
    if (code === opcodes.return) return `${line}: return ${hex(k)}`;
    throw new RangeError(`unknown operation ${code}`);
  });
}
