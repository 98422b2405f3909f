import { expect, test } from "vitest";
import { CliError, describeError } from "../src/errors.ts";
import { formatTable } from "../src/output/table.ts";
import { clip, printable } from "../src/output/terminal.ts";

test("text of a model or a tool cannot steer the terminal", () => {
  const hostile = "a\u001b[2Jb\u009bc\rd\u202ee\u0007f\tg\nh";
  expect(printable(hostile)).toBe("a\ufffd[2Jb\ufffdc\nd\ufffde\ufffdf\tg\nh");
});

test("a long line is cut by characters, not in the middle of one", () => {
  expect(clip("😀😀😀", 2)).toBe("😀…");
  expect(clip("😀😀", 2)).toBe("😀😀");
});

test("columns of a table line up", () => {
  expect(
    formatTable([
      ["a", "bb", "c"],
      ["äää", "b"],
    ]),
  ).toEqual(["a    bb  c", "äää  b"]);
});

test("an error is one line with its code, and a second one for a cause that adds something", () => {
  const cause = new TypeError("disk full");
  expect(describeError(new CliError("CLI_PROBE", "no\nanswer"))).toBe("error CLI_PROBE: no answer");
  expect(describeError(new CliError("CLI_PROBE", "no answer", { cause }))).toBe(
    "error CLI_PROBE: no answer\n  because: disk full",
  );
  expect(describeError(new CliError("CLI_PROBE", "it said disk full", { cause }))).toBe(
    "error CLI_PROBE: it said disk full",
  );
});

test("an error that this command has an answer to comes with it", () => {
  const error = Object.assign(new TypeError("no cgroup"), { code: "CGROUP_UNAVAILABLE" });
  expect(describeError(error)).toMatch(/^error CGROUP_UNAVAILABLE: no cgroup\n {2}or add --best-effort/);
});

test("a message that quotes pages of output is cut, and says where to see it", () => {
  expect(describeError(new CliError("CLI_PROBE", "x".repeat(5000)))).toMatch(
    /^error CLI_PROBE: x{600}… \(DEBUG=1/,
  );
});
