import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { classifyError, type ErrorInput, type ErrorReason } from "../src/index.ts";

// Labelled errors from the field that this project does not hold; the directory is named by CLOISON_DATA.
const root = join(import.meta.dirname, "..", "..", "..");
const path = join(resolve(root, process.env.CLOISON_DATA ?? "../shared/data"), "provider-errors.json");
const missing = existsSync(path) ? "" : " (skipped: no provider-errors.json in CLOISON_DATA)";

interface Row extends ErrorInput {
  readonly message: string;
  readonly expected: ErrorReason;
  readonly alsoAcceptable?: readonly ErrorReason[];
}

test.skipIf(missing !== "")(`at least 99 of 100 labelled errors are put in the right class${missing}`, () => {
  const rows: readonly Row[] = JSON.parse(readFileSync(path, "utf8"));
  const wrong = rows.flatMap((row) => {
    const { reason, matched } = classifyError(row);
    const isRight = [row.expected, ...(row.alsoAcceptable ?? [])].includes(reason);
    return isRight ? [] : [`${row.message} is ${row.expected}, not ${reason} (${matched})`];
  });
  expect(rows.length).toBeGreaterThan(0);
  expect(wrong.length / rows.length, wrong.join("\n")).toBeLessThanOrEqual(0.01);
});
