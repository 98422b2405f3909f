import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

/** `e_machine` and the types of program headers, of elf(5). */
const machines = { x64: 62, arm64: 183 } as const;
const interpreter = 3;
const dynamicSection = 2;

interface Elf {
  readonly machine: number;
  /** Types of the program headers. */
  readonly segments: readonly number[];
}

/** The header of a 64-bit little-endian executable. */
function readElf(path: string): Elf {
  const bytes = readFileSync(path);
  expect(bytes.subarray(0, 6).toString("latin1")).toBe("\x7fELF\x02\x01");
  const start = Number(bytes.readBigUInt64LE(32));
  const [size, count] = [bytes.readUInt16LE(54), bytes.readUInt16LE(56)];
  const segments = Array.from({ length: count }, (_each, index) => bytes.readUInt32LE(start + index * size));
  return { machine: bytes.readUInt16LE(18), segments };
}

const emulators = {
  x64: ["qemu-x86_64-static", "qemu-x86_64"],
  arm64: ["qemu-aarch64-static", "qemu-aarch64"],
};

/** What runs a program for this processor here: nothing more, an emulator, or undefined where there is none. */
function runnerOf(arch: "x64" | "arm64"): string[] | undefined {
  if (arch === process.arch) return [];
  const found = emulators[arch].find((name) => spawnSync(name, ["--version"]).status === 0);
  return found === undefined ? undefined : [found];
}

for (const arch of ["x64", "arm64"] as const) {
  const program = join(import.meta.dirname, `../../sandbox-linux-${arch}/bin/cloison-launcher`);
  const missing = existsSync(program) ? "" : " (skipped: no compiler for this processor is installed)";
  describe.skipIf(missing !== "")(`the launcher for ${arch}${missing}`, () => {
    test("is for that processor and needs no C library of the host's", () => {
      const { machine, segments } = readElf(program);
      expect(machine).toBe(machines[arch]);
      expect(segments).not.toContain(interpreter);
      expect(segments).not.toContain(dynamicSection);
    });

    const runner = runnerOf(arch);
    const unrunnable = runner === undefined ? " (skipped: no emulator is installed)" : "";
    test.skipIf(unrunnable !== "")(`runs and says who its caller is${unrunnable}`, () => {
      const [file = "", ...args] = [...(runner ?? []), program];
      const { status, stderr } = spawnSync(file, args, { encoding: "utf8" });
      expect({ status, stderr }).toEqual({
        status: 2,
        stderr: expect.stringMatching(/^usage: cloison-launcher .* by @cloison\/sandbox\n$/),
      });
    });
  });
}

test("a program of the host's own is told from a static one", () => {
  expect(readElf(process.execPath).segments).toContain(interpreter);
});
