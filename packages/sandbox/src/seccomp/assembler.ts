import * as bpf from "./bpf.ts";

/** A place in the program, counted from its end: jumps only lead forward, so all that they lead to is there. */
export type Label = number;

/**
 * Assembles a program from its last instruction to its first, so that the places a jump leads to are known when it
 * is made, and equal returns are one.
 */
export interface Assembler {
  /** Where the program returns a value. */
  give(value: number): Label;
  /** An instruction that goes on at a place. */
  before(next: Label, instruction: bpf.Instruction): Label;
  /** A conditional jump with its two places. */
  test(code: number, operand: number, then: Label, otherwise: Label): Label;
  program(): bpf.Instruction[];
}

/** A conditional jump skips at most 255 instructions. */
const farthest = 0xff;

export function createAssembler(): Assembler {
  const reversed: bpf.Instruction[] = [];
  const returns = new Map<number, Label>();
  const place = (instruction: bpf.Instruction): Label => reversed.push(instruction) - 1;
  /** Instructions between one that would be placed now, `later` others in between, and a label. */
  const distance = (to: Label, later = 0) => reversed.length + later - 1 - to;
  // Two: the jump itself, and a longer one that its other place may need first.
  const near = (to: Label) => (distance(to, 2) > farthest ? place(bpf.jump(distance(to))) : to);
  return {
    give(value) {
      const known = returns.get(value);
      if (known !== undefined) return known;
      const label = place({ code: bpf.opcodes.return, jt: 0, jf: 0, k: value });
      returns.set(value, label);
      return label;
    },
    before(next, instruction) {
      if (distance(next) !== 0) place(bpf.jump(distance(next)));
      return place(instruction);
    },
    test(code, operand, then, otherwise) {
      const [jump, fall] = [near(then), near(otherwise)];
      return place({ code, k: operand, jt: distance(jump), jf: distance(fall) });
    },
    program: () => reversed.toReversed(),
  };
}
