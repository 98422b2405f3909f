import { describe, expect, test } from "vitest";
import { maxInstructions, opcodes } from "../src/seccomp/bpf.ts";
import {
  compileSeccomp,
  customProfile,
  defaultSeccompProfile,
  type SeccompArch,
  type SeccompProfile,
  strictSeccompProfile,
} from "../src/seccomp/index.ts";
import { syscallTable } from "../src/seccomp/syscall-table.ts";
import {
  askedValue,
  auditArch,
  edgeArguments,
  evaluate,
  namesByNumber,
  returnValue,
} from "./seccomp-evaluation.ts";
import { decode, disassemble, interpret } from "./seccomp-interpreter.ts";

const noArguments = [0n, 0n, 0n, 0n, 0n, 0n];
const numbers = [...Array(601).keys(), 0x3fffffff, 0x7fffffff, 0x80000000, 0xffffffff];

const customSeccompProfile = customProfile(strictSeccompProfile, {
  allow: ["clone", "socket", "connect", "ptrace"],
  deny: ["chmod", "ioctl", "memfd_create", "setsid"],
});

/**
 * Numbers that stand for all 2^32: a program compares the number with constants and looks at one bit of it, so its
 * verdict cannot change but at one of these.
 */
function edgeNumbers(program: ReturnType<typeof decode>): number[] {
  const constants = program.filter(({ code }) => code === opcodes.jumpAtLeast).map(({ k }) => k);
  const edges = constants.flatMap((k) => [k - 1, k, k + 1]).filter((number) => number >= 0);
  return [...new Set([...numbers, ...edges])];
}

function profile(parts: Partial<SeccompProfile>): SeccompProfile {
  return { name: "test", allow: [], deny: [], absent: [], conditional: [], ...parts };
}

/** One rule on every call: a program long enough to need jumps beyond the reach of a conditional one. */
const ruleOnEveryCall = profile({
  conditional: [...syscallTable("x64").keys()].map((name, index) => ({
    names: [name],
    rules: [{ when: [{ argument: 5, mask: 0xffff, is: "equal", value: index }], verdict: "allow" }],
    otherwise: "EPERM",
  })),
});

describe.each<SeccompArch>(["x64", "arm64"])("a program compiled for %s", (arch) => {
  const names = namesByNumber[arch];

  test.each([
    ["the default profile", defaultSeccompProfile],
    ["the strict profile", strictSeccompProfile],
    ["a custom profile", customSeccompProfile],
    ["an empty profile", profile({})],
    ["a profile with a rule on every call", ruleOnEveryCall],
  ])("gives the verdicts of %s for every number and around every edge of its rules", (_, subject) => {
    const program = decode(compileSeccomp(subject, arch));
    const asking = decode(compileSeccomp(subject, arch, "listener"));
    for (const number of edgeNumbers(program)) {
      const calls = subject.conditional.find((each) => each.names.includes(names.get(number) ?? ""));
      for (const args of edgeArguments(calls?.rules ?? [])) {
        const data = { number, arch: auditArch[arch], args };
        const got = interpret(program, data).value;
        const verdict = evaluate(subject, arch, data);
        const gotAsked = interpret(asking, data).value;
        if (got !== returnValue[verdict] || gotAsked !== askedValue[verdict])
          expect.fail(`${names.get(number)}(${args.join()}): ${got} and ${gotAsked}, not ${verdict}`);
      }
    }
  });

  test("kills calls of every other architecture", () => {
    const program = decode(compileSeccomp(defaultSeccompProfile, arch));
    for (const other of [...Object.values(auditArch), 0, 0xffffffff]) {
      if (other === auditArch[arch]) continue;
      for (const number of numbers) {
        expect(interpret(program, { number, arch: other, args: noArguments }).value).toBe(returnValue.kill);
      }
    }
  });

  test("decides a call that is always allowed without a look at its arguments, in few steps", () => {
    const program = decode(compileSeccomp(defaultSeccompProfile, arch));
    for (const name of defaultSeccompProfile.allow) {
      const number = syscallTable(arch).get(name);
      if (number === undefined) continue;
      const outcome = interpret(program, { number, arch: auditArch[arch], args: noArguments });
      expect(outcome, name).toMatchObject({ value: returnValue.allow, readsArguments: false });
      expect(outcome.steps, name).toBeLessThan(16);
    }
  });

  test("is small enough for the kernel and ends every path in a verdict", () => {
    const program = decode(compileSeccomp(defaultSeccompProfile, arch));
    expect(program.length).toBeLessThan(maxInstructions / 8);
    expect(program.at(-1)?.code).toBe(0x06);
  });
});

test("the x32 numbers, which share x86-64's architecture, are killed on x64 and unknown on arm64", () => {
  for (const number of numbers) {
    const x32 = (number | 0x40000000) >>> 0;
    const run = (arch: SeccompArch) =>
      interpret(decode(compileSeccomp(defaultSeccompProfile, arch)), {
        number: x32,
        arch: auditArch[arch],
        args: noArguments,
      });
    expect(run("x64").value).toBe(returnValue.kill);
    expect(run("arm64").value).toBe(returnValue.ENOSYS);
  }
});

test("only the low word of an argument is compared", () => {
  const program = decode(
    compileSeccomp(
      profile({
        conditional: [
          {
            names: ["socket"],
            rules: [{ when: [{ argument: 0, is: "equal", value: 40 }], verdict: "EPERM" }],
            otherwise: "allow",
          },
        ],
      }),
      "x64",
    ),
  );
  const socket = (family: bigint) =>
    interpret(program, { number: 41, arch: auditArch.x64, args: noArguments.with(0, family) }).value;
  expect(socket(40n)).toBe(returnValue.EPERM);
  expect(socket(40n | (1n << 32n))).toBe(returnValue.EPERM);
  expect(socket(40n | (1n << 63n))).toBe(returnValue.EPERM);
  expect(socket(41n | (1n << 32n))).toBe(returnValue.allow);
  expect(socket(0n)).toBe(returnValue.allow);
});

test("a small profile compiles to this program", () => {
  const small = profile({
    allow: ["read"],
    deny: ["ptrace"],
    conditional: [
      {
        names: ["ioctl"],
        rules: [{ when: [{ argument: 1, is: "equal", value: 0x5412 }], verdict: "EPERM" }],
        otherwise: "allow",
      },
    ],
  });
  expect(disassemble(compileSeccomp(small, "arm64"))).toEqual([
    "0: load [4]",
    "1: == 0xc00000b7 ? 2 : 14",
    "2: load [0]",
    "3: >= 63 ? 8 : 4",
    "4: >= 29 ? 5 : 13",
    "5: >= 30 ? 13 : 6",
    "6: load [24]",
    "7: == 0x5412 ? 12 : 10",
    "8: >= 117 ? 11 : 9",
    "9: >= 64 ? 13 : 10",
    "10: return 0x7fff0000",
    "11: >= 118 ? 13 : 12",
    "12: return 0x50001",
    "13: return 0x50026",
    "14: return 0x80000000",
  ]);
});

test("a profile that misspells a call, decides one twice or is too large is refused", () => {
  const refused = { name: "SeccompProfileError", code: "SECCOMP_PROFILE" };
  expect(() => compileSeccomp(profile({ allow: ["raed"] }), "x64")).toThrow(expect.objectContaining(refused));
  expect(() => compileSeccomp(profile({ allow: ["read"], deny: ["read"] }), "x64")).toThrow(/"read" twice/);
  const rule = { when: [{ argument: 0, is: "equal", value: 1 }], verdict: "EPERM" } as const;
  const tooLong = [
    { names: ["read"], rules: Array.from({ length: 2000 }, () => rule), otherwise: "allow" },
  ] as const;
  expect(() => compileSeccomp(profile({ conditional: tooLong }), "x64")).toThrow(/merge rules/);
});

test("jumps over more instructions than a conditional jump can skip lead to the right place", () => {
  const comparison = { argument: 0, is: "equal", value: 1 } as const;
  const wide = { when: Array.from({ length: 200 }, () => comparison), verdict: "EPERM" } as const;
  const calls = ["read", "write", "close", "mmap"];
  const conditional = calls.map((name) => ({ names: [name], rules: [wide], otherwise: "allow" }) as const);
  const program = decode(compileSeccomp(profile({ conditional }), "x64"));
  const verdicts = [0, 1, 3, 9, 2].map((number) =>
    [1n, 2n].map(
      (value) => interpret(program, { number, arch: auditArch.x64, args: noArguments.with(0, value) }).value,
    ),
  );
  const refusedForOne = [returnValue.EPERM, returnValue.allow];
  const absent = [returnValue.ENOSYS, returnValue.ENOSYS];
  expect(verdicts).toEqual([refusedForOne, refusedForOne, refusedForOne, refusedForOne, absent]);
});
