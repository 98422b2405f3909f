import { describe, expect, test } from "vitest";
import {
  compileSeccomp,
  customProfile,
  defaultSeccompProfile,
  initProfile,
  type SeccompProfile,
  strictSeccompProfile,
} from "../src/seccomp/index.ts";
import { syscallTable } from "../src/seccomp/syscall-table.ts";
import { auditArch, returnValue } from "./seccomp-evaluation.ts";
import { decode, interpret } from "./seccomp-interpreter.ts";

const high = 1n << 32n;

function verdictOf(profile: SeccompProfile, name: string, ...args: readonly (number | bigint)[]): string {
  const number = syscallTable("x64").get(name) ?? -1;
  const registers = Array.from({ length: 6 }, (_, index) => BigInt(args[index] ?? 0));
  const program = decode(compileSeccomp(profile, "x64"));
  const { value } = interpret(program, { number, arch: auditArch.x64, args: registers });
  return Object.entries(returnValue).find(([, each]) => each === value)?.[0] ?? `unknown ${value}`;
}

describe("the strict profile", () => {
  const cases: readonly (readonly [string, readonly (number | bigint)[], string, string])[] = [
    ["fork", [], "EPERM", "a process"],
    ["vfork", [], "EPERM", "a process"],
    ["clone", [17], "EPERM", "a process"],
    ["clone", [0x4111], "EPERM", "a process, as posix_spawn makes it"],
    ["clone", [0x100n], "EPERM", "a process that shares its memory"],
    ["clone", [0x3d0f00], "allow", "a thread"],
    ["clone", [0x3d0f00n | high], "allow", "a thread, with a high bit that the kernel drops"],
    ["clone", [0x11n | (1n << 48n)], "EPERM", "a process, with a high bit"],
    ["clone", [0x10000000 | 0x3d0f00], "EPERM", "a thread in a user namespace"],
    ["clone", [0x8000 | 0x3d0f00], "EPERM", "a child of one's parent"],
    ["clone3", [], "ENOSYS", "anything"],
    ["execve", [], "allow", "a program in the place of this one"],
    ["execveat", [], "allow", "a program in the place of this one"],
    ["socket", [1, 1, 0], "EPERM", "AF_UNIX"],
    ["socket", [2, 1, 6], "EPERM", "AF_INET"],
    ["socket", [40n | high, 1, 0], "EPERM", "AF_VSOCK with a high bit"],
    ["socketpair", [1, 1, 0], "allow", "a stream"],
    ["socketpair", [1, 5 | 0x80000, 0], "allow", "packets in sequence, close-on-exec"],
    ["socketpair", [1, 2, 0], "EPERM", "datagrams, which may be sent anywhere"],
    ["socketpair", [1, 3, 0], "EPERM", "raw, which AF_UNIX takes for datagrams"],
    ["socketpair", [1, 2n | high, 0], "EPERM", "datagrams with a high bit"],
    ["socketpair", [2, 1, 0], "EAFNOSUPPORT", "AF_INET"],
    ...["bind", "listen", "connect", "accept", "accept4"].map(
      (name) => [name, [], "EPERM", "anything"] as const,
    ),
    ["ioctl", [0, 0x5412], "EPERM", "TIOCSTI, as by default"],
    ["openat", [], "allow", "a file"],
  ];
  for (const [name, args, verdict, meaning] of cases)
    test(`${name}, ${meaning}: ${verdict}`, () =>
      expect(verdictOf(strictSeccompProfile, name, ...args)).toBe(verdict));

  test("allows nothing that the default profile refuses", () => {
    const wider = strictSeccompProfile.allow.filter((name) => !defaultSeccompProfile.allow.includes(name));
    expect(wider).toEqual([]);
  });
});

describe("a custom profile", () => {
  test("allows and refuses what it names, and is as its base in all else", () => {
    const custom = customProfile(defaultSeccompProfile, {
      allow: ["ptrace", "process_vm_readv"],
      deny: ["connect", "chdir", "ioctl"],
    });
    expect(verdictOf(custom, "ptrace")).toBe("allow");
    expect(verdictOf(custom, "connect")).toBe("EPERM");
    expect(verdictOf(custom, "ioctl", 0, 0x5401)).toBe("EPERM");
    const named = ["ptrace", "process_vm_readv", "connect", "chdir", "ioctl"];
    for (const name of syscallTable("x64").keys())
      if (!named.includes(name))
        expect(verdictOf(custom, name), name).toBe(verdictOf(defaultSeccompProfile, name));
    expect(verdictOf(defaultSeccompProfile, "ptrace")).toBe("EPERM");
    expect(verdictOf(defaultSeccompProfile, "connect")).toBe("allow");
  });

  test("on strict gives calls back under the default profile's conditions, never without", () => {
    const custom = customProfile(strictSeccompProfile, {
      allow: ["fork", "clone", "socket", "connect"],
      deny: [],
    });
    expect(verdictOf(custom, "fork")).toBe("allow");
    expect(verdictOf(custom, "connect")).toBe("allow");
    expect(verdictOf(custom, "clone", 17)).toBe("allow");
    expect(verdictOf(custom, "clone", 0x10000011)).toBe("EPERM");
    expect(verdictOf(custom, "socket", 2, 1, 6)).toBe("allow");
    expect(verdictOf(custom, "socket", 40n | high, 1, 0)).toBe("EAFNOSUPPORT");
    expect(verdictOf(custom, "bind")).toBe("EPERM");
  });

  test("leaves alone what fails with ENOSYS, by which libraries know what to do without", () => {
    const custom = customProfile(defaultSeccompProfile, { allow: [], deny: ["clone3", "openat2"] });
    expect([verdictOf(custom, "clone3"), verdictOf(custom, "openat2")]).toEqual(["ENOSYS", "ENOSYS"]);
  });

  test("names a call that only another architecture has", () => {
    const custom = customProfile(defaultSeccompProfile, { allow: [], deny: ["open", "uretprobe"] });
    expect(() => compileSeccomp(custom, "arm64")).not.toThrow();
  });

  test.each([
    ["a name that is no call's", ["raed"], [], /"raed" is no system call .*correct its spelling/],
    ["a name that is no call's to be denied", [], ["raed"], /"raed" is no system call/],
    ["a name in both lists", ["ptrace"], ["ptrace"], /"ptrace" is both allowed and denied/],
    ["a call whose arguments are checked", ["socket"], [], /"socket" is allowed already, and its arguments/],
    ["a filter's listener by the back door", ["seccomp"], [], /"seccomp" is allowed already/],
    ["a way out of a command's mark", ["unshare"], [], /"unshare" may not be allowed: .*namespace/],
    ["clone3", ["clone3"], [], /"clone3" may not be allowed: its flags lie in memory/],
    ["mounts", ["move_mount"], [], /"move_mount" may not be allowed: .*mounts/],
    ["files by handles", ["open_by_handle_at"], [], /behind the mounts' back/],
    ["io_uring", ["io_uring_enter"], [], /the filter then does not see/],
    ["what the launcher needs", [], ["execve"], /"execve" may not be denied/],
    ["what the launcher needs to tell", [], ["sendmsg"], /"sendmsg" may not be denied/],
  ])("refuses %s", (_, allow, deny, message) => {
    expect(() => customProfile(defaultSeccompProfile, { allow, deny })).toThrow(message);
  });

  test("leaves PID 1 what it lives by, and nothing more", () => {
    const denied = ["read", "ppoll", "wait4", "connect"];
    const custom = customProfile(defaultSeccompProfile, { allow: [], deny: denied });
    expect(denied.map((name) => verdictOf(custom, name))).toEqual(["EPERM", "EPERM", "EPERM", "EPERM"]);
    const init = initProfile(custom);
    expect(denied.map((name) => verdictOf(init, name))).toEqual(["allow", "allow", "allow", "EPERM"]);
    expect(initProfile(strictSeccompProfile)).toBe(strictSeccompProfile);
  });
});
