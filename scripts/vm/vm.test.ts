import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, inject, test } from "vitest";
import type { Report } from "./machine-run.ts";

// Each test of the guest is one here, so that all are counted. They have run when this file's tests are made.
const report: Report = JSON.parse(await text(connect(inject("vmReport"))));

const isPart = Boolean(process.env.CLOISON_VM_ONLY);
const part = isPart ? " (skipped: CLOISON_VM_ONLY chooses a part)" : "";

if ("skipped" in report) {
  test.skip(`the sandbox in a virtual machine (skipped: ${report.skipped})`);
} else {
  const { kernel, results, failure } = report;
  describe(`in a virtual machine with Linux ${kernel}`, () => {
    test(`runs its tests to their end (${report.seconds} s)`, () => {
      expect(failure).toBeUndefined();
      expect(results.length).toBeGreaterThan(0);
    });

    test.skipIf(isPart).each(["root", "user"])(`tries at least 80 attacks as %s${part}`, (as) => {
      const tried = results.filter(({ file, state }) => file === `attacks as ${as}` && state !== "skipped");
      expect(tried.length).toBeGreaterThanOrEqual(80);
    });

    test.skipIf(isPart)(`comes to the end of the sandbox's tests${part}`, () => {
      expect(results.filter(({ file }) => file === "vitest")).toMatchObject([{ state: "passed" }]);
    });

    for (const { file, name, state, note, errors } of results) {
      const title = `${file} > ${name}`;
      if (state === "skipped") test.skip(`${title}${note === undefined ? "" : ` (skipped: ${note})`}`);
      else test(title, () => expect(errors.join("\n\n") || state).toBe("passed"));
    }
  });
}
