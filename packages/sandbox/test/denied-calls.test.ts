import { describe, expect, test } from "vitest";
import { describeCall } from "../src/denied/call-arguments.ts";
import { moreRefusals, refusalDenial } from "../src/denied/seccomp-denials.ts";
import {
  customProfile,
  defaultSeccompProfile,
  type SeccompArch,
  type SeccompProfile,
  strictSeccompProfile,
} from "../src/seccomp/index.ts";
import { syscallTable } from "../src/seccomp/syscall-table.ts";

type Words = readonly [number, number, number, number];

const calls: readonly (readonly [string, Words, string])[] = [
  ["socket", [40, 1, 0, 0], "socket(AF_VSOCK)"],
  ["socket", [16, 3, 0, 0], "socket(AF_NETLINK)"],
  ["socket", [77, 1, 0, 0], "socket(family 77)"],
  ["socket", [2, 3 | 0x80000, 1, 0], "socket(AF_INET, SOCK_RAW, protocol 1)"],
  ["socket", [10, 1, 132, 0], "socket(AF_INET6, SOCK_STREAM, protocol 132)"],
  ["socketpair", [1, 2, 0, 0], "socketpair(AF_UNIX, SOCK_DGRAM)"],
  ["ioctl", [0, 0x5412, 0, 0], "ioctl(TIOCSTI)"],
  ["ioctl", [0, 0x541c, 0, 0], "ioctl(TIOCLINUX)"],
  ["ioctl", [0, 0x1234, 0, 0], "ioctl(0x1234)"],
  ["clone", [0x10000011, 0, 0, 0], "clone(CLONE_NEWUSER)"],
  ["clone", [0x8011, 0, 0, 0], "clone(CLONE_PARENT)"],
  ["clone", [17, 0, 0, 0], "clone"],
  ["unshare", [0x10020000, 0, 0, 0], "unshare(CLONE_NEWNS | CLONE_NEWUSER)"],
  ["personality", [0x40000, 0, 0, 0], "personality(0x40000)"],
  ["fchmodat", [0xffffff9c, 0, 0o4755, 0], "fchmodat(mode 04755)"],
  ["openat", [0xffffff9c, 0, 0o101, 0o102755], "openat(mode 0102755)"],
  ["mknodat", [0xffffff9c, 0, 0o20600, 0], "mknodat(mode 020600)"],
  ["sched_setaffinity", [1, 0, 0, 0], "sched_setaffinity(of PID 1)"],
  ["ptrace", [16, 5, 0, 0], "ptrace"],
];

describe("a refused call", () => {
  for (const [name, words, what] of calls)
    test(`is told as ${what}`, () => expect(describeCall(name, words)).toBe(what));

  test.each<SeccompArch>(["x64", "arm64"])("has the name of its number on %s", (arch) => {
    for (const name of ["bpf", "keyctl", "io_uring_setup", "move_mount"]) {
      const number = syscallTable(arch).get(name) ?? -1;
      expect(refusalDenial({ number, words: [0, 0, 0, 0] }, arch, defaultSeccompProfile)).toMatchObject({
        layer: "seccomp",
        what: name,
      });
    }
  });

  test("of every kind has a hint that says what to do", () => {
    for (const profile of [defaultSeccompProfile, strictSeccompProfile])
      for (const [name, number] of syscallTable("x64")) {
        const { hint } = refusalDenial({ number, words: [0, 0, 0, 0] }, "x64", profile);
        expect(hint.length, name).toBeGreaterThan(20);
      }
    expect(moreRefusals(5)).toMatchObject({ layer: "seccomp", what: expect.stringContaining("5 more") });
  });

  const hintOf = (name: string, words: Words, profile: SeccompProfile) =>
    refusalDenial({ number: syscallTable("x64").get(name) ?? -1, words }, "x64", profile).hint;

  test("that no profile may allow says why, another how it is allowed", () => {
    expect(hintOf("open_by_handle_at", [0, 0, 0, 0], defaultSeccompProfile)).toMatch(
      /no profile may allow it/,
    );
    expect(hintOf("ptrace", [0, 0, 0, 0], defaultSeccompProfile)).toContain(
      'seccomp: { extends: "default", allow: ["ptrace"] }',
    );
    expect(() => customProfile(defaultSeccompProfile, { allow: ["ptrace"], deny: [] })).not.toThrow();
  });

  test("under the strict profile names the profile, unless the default one refuses it too", () => {
    const custom = customProfile(strictSeccompProfile, { allow: [], deny: ["chdir"] });
    for (const profile of [strictSeccompProfile, custom]) {
      expect(hintOf("clone", [17, 0, 0, 0], profile)).toMatch(/strict profile/);
      expect(hintOf("connect", [0, 0, 0, 0], profile)).toMatch(/strict profile/);
      expect(hintOf("socket", [2, 1, 0, 0], profile)).toMatch(/strict profile/);
      expect(hintOf("socket", [40, 1, 0, 0], profile)).not.toMatch(/strict profile/);
      expect(hintOf("clone", [0x10000011, 0, 0, 0], profile)).toMatch(/namespaces/);
    }
    expect(hintOf("clone", [0x10000011, 0, 0, 0], defaultSeccompProfile)).not.toMatch(/strict/);
    const changes = { allow: [], deny: ["mkdir", "ptrace"] };
    for (const profile of [defaultSeccompProfile, strictSeccompProfile].map((p) =>
      customProfile(p, changes),
    )) {
      expect(hintOf("mkdir", [0, 0, 0, 0], profile)).toMatch(/^seccomp\.deny names it/);
      expect(hintOf("ptrace", [0, 0, 0, 0], profile)).not.toMatch(/seccomp\.deny/);
    }
  });
});
