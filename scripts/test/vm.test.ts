import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { makeCpio } from "../vm/cpio.mjs";
import { fetchVm } from "../vm/fetch-vm.mjs";
import { readFetched, wanted } from "../vm/layout.mjs";

let checkout = "";
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), "cloison-fetch-"));
  vi.stubEnv("PATH", checkout); // neither apt nor anything else
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(checkout, { recursive: true });
});

/** As if an earlier fetch had brought these packages. */
function pretendFetched(packages: readonly string[]): string {
  const stamp = join(checkout, ".tools/vm/fetched.json");
  mkdirSync(join(checkout, ".tools/vm"), { recursive: true });
  writeFileSync(stamp, JSON.stringify({ wanted: packages, kernel: "6.1.0-1-cloud-amd64" }));
  return stamp;
}

test("a machine without apt is told so, and has no virtual machine", () => {
  expect(() => fetchVm(checkout)).toThrow(/^apt-get cannot be started|is x64/);
  expect(readFetched(checkout)).toBeUndefined();
});

test("what was fetched is not fetched again", () => {
  pretendFetched(wanted);
  expect(fetchVm(checkout)).toMatchObject({ kernel: "6.1.0-1-cloud-amd64" });
});

test("other packages, or a refresh, need another fetch; one that fails leaves what was there", () => {
  const stamp = pretendFetched(["qemu-system-x86"]);
  expect(readFetched(checkout)).toBeUndefined();
  expect(() => fetchVm(checkout)).toThrow(/apt-get|is x64/);
  pretendFetched(wanted);
  expect(() => fetchVm(checkout, { refresh: true })).toThrow(/apt-get|is x64/);
  expect(existsSync(stamp)).toBe(true);
  expect(readFetched(checkout)).toEqual(JSON.parse(readFileSync(stamp, "utf8")));
});

test("an initial file system is in the form that Linux reads", () => {
  const archive = makeCpio([{ path: "bin" }, { path: "bin/a", content: Buffer.from("hello") }]);
  expect(archive.length % 4).toBe(0);
  const [first, second, third] = archive.toString("latin1").split("070701").slice(1);
  // mode of a directory, then of a file; size; length of the name with its zero
  expect(first).toMatch(/^0{7}1000041ed(0{8}){2}00000001(0{8}){2}(0{8}){4}00000004(0{8})bin\0+$/);
  expect(second).toMatch(/^0{7}2000081ed.{32}00000005.{32}00000006(0{8})bin\/a\0+hello\0+$/s);
  expect(third).toContain("TRAILER!!!\0");
});
