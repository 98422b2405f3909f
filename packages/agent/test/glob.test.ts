import { expect, test } from "vitest";
import { compileGlob } from "../src/worker/glob.ts";

const cases: [glob: string, matches: string[], others: string[]][] = [
  ["*.ts", ["a.ts", "x/y/.ts"], ["a.tsx", "ts"]],
  ["a?c", ["abc", "x/a-c", "a€c", "a😀c"], ["ac", "abbc"]],
  ["[a-c]x", ["ax", "cx"], ["dx", "-x"]],
  ["[!a-c]x", ["dx"], ["ax"]],
  ["[]x]", ["]", "x"], ["y"]],
  ["[x", ["[x"], ["x"]],
  ["\\*", ["*"], ["a"]],
  ["src/*.js", ["src/a.js"], ["src/b/a.js", "a.js", "x/src/a.js"]],
  ["src/**", ["src/a", "src/a/b"], ["src", "other"]],
  ["**/test/*", ["test/a", "x/y/test/a"], ["test/a/b"]],
  ["src/**/a", ["src/a", "src/x/y/a"], ["a"]],
  ["./src/a", ["src/a"], ["a"]],
  ["*.{ts,js}", ["a.ts", "a.js"], ["a.json"]],
  ["{a,b{c,d}}", ["a", "bc", "bd"], ["b", "ac"]],
  ["a{b", ["a{b"], ["ab"]],
  ["a.b", ["a.b"], ["axb"]],
];

test.each(cases)("%s matches what a shell would", (glob, matches, others) => {
  const test = compileGlob(glob);
  expect(matches.filter((path) => !test(path))).toEqual([]);
  expect(others.filter(test)).toEqual([]);
});

test("a glob that would blow up as a regular expression is quick", () => {
  expect(compileGlob(`${"*a".repeat(200)}b`)("a".repeat(5000))).toBe(false);
  expect(compileGlob(`${"**/a/".repeat(100)}b`)("a/".repeat(500))).toBe(false);
});

test("refuses globs without an end", () => {
  expect(() => compileGlob("")).toThrow("1 to 1000 characters");
  expect(() => compileGlob("*".repeat(1001))).toThrow("1 to 1000 characters");
  expect(() => compileGlob("{a,b}".repeat(20))).toThrow("more than 256 alternatives");
});
