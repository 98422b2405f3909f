import { expect, test } from "vitest";
import { byFile, codeAfter, isCut, parseFindings, TODO_PATTERN } from "../src/demo/todo-findings.ts";
import { formatSummary } from "../src/demo/todo-summary.ts";

const printed = [
  "src/a.ts:12:   // TODO: handle errors",
  "src/b.py:3: # TODO(ada): clean this up",
  "src/b.py:9: x = 1  # TODO",
  "[2 matches left out: raise limit]",
].join("\n");

test("what grep printed becomes findings, without comment marks and notes", () => {
  expect(parseFindings(printed)).toEqual([
    { file: "src/a.ts", line: 12, text: "handle errors", source: "// TODO: handle errors" },
    { file: "src/b.py", line: 3, text: "(ada): clean this up", source: "# TODO(ada): clean this up" },
    { file: "src/b.py", line: 9, text: "(no text)", source: "x = 1  # TODO" },
  ]);
  expect(isCut(printed)).toBe(true);
  expect(isCut("src/a.ts:12: // TODO")).toBe(false);
});

test("the file with most findings comes first", () => {
  expect(byFile(parseFindings(printed)).map(([file, { length }]) => [file, length])).toEqual([
    ["src/b.py", 2],
    ["src/a.ts", 1],
  ]);
});

test.each([
  "// TODO x",
  " * TODO: x",
  "/* TODO */",
  "# TODO",
  "<!-- TODO -->",
  "x(); // see TODO",
  "-- TODO",
  "; TODO",
])("the pattern finds %s", (line) => expect(line).toMatch(new RegExp(TODO_PATTERN)));

test.each(['const TODO = "x"', "isTODO()", "// TODOS are fine", "TODO.md"])(
  "the pattern passes over %s",
  (line) => expect(line).not.toMatch(new RegExp(TODO_PATTERN)),
);

test("the code after a comment is found in the file's text", () => {
  const [finding] = parseFindings("a.ts:1: // TODO: one");
  if (finding === undefined) throw new TypeError("no finding");
  expect(codeAfter(finding, "  // TODO: one\n  // and more\n\n  go();\n")).toBe("go();");
  expect(codeAfter(finding, "another text")).toBeUndefined();
});

test("the summary names every finding, and says when there may be more or none", () => {
  const findings = parseFindings(printed);
  const texts = new Map([["src/a.ts", "// TODO: handle errors\nopen();"]]);
  const summary = formatSummary({ findings, texts, cut: true });
  expect(summary).toContain("3 TODO comments in 2 files.");
  expect(summary).toContain("- line 12: handle errors\n  (stands before `open();`)");
  expect(summary).toContain("there are more");
  expect(formatSummary({ findings: [], texts, cut: false })).toContain("There are no TODO comments here.");
});
