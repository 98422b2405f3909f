import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, inject, test } from "vitest";
import type { Report } from "./background-run.ts";

// Each test of the guest is one here, so that all are counted. They have run when this file's tests are made.
const report: Report = JSON.parse(await text(connect(inject("vmReport"))));

if ("skipped" in report) {
  test.skip(`the sandbox in a virtual machine (skipped: ${report.skipped})`);
} else {
  const { kernel, results, failure } = report;
  describe(`in a virtual machine with Linux ${kernel}`, () => {
    test(`runs its tests to their end (${report.seconds} s)`, () => {
      expect(failure).toBeUndefined();
      expect(results.length).toBeGreaterThan(0);
    });

    for (const { file, name, state, note, errors } of results) {
      const title = `${file} > ${name}`;
      if (state === "skipped") test.skip(`${title}${note === undefined ? "" : ` (skipped: ${note})`}`);
      else test(title, () => expect(errors.join("\n\n") || state).toBe("passed"));
    }
  });
}
