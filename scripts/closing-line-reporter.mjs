// A vitest reporter that ends a run with `N passed, N failed, N skipped`, alone on the last line, after the name
// and the reason of every skipped test and then of every failure, so that the end of a log tells them. What failed
// outside a test (a file that did not load, an unhandled error, a check that ran before) counts as a failure.
import { writeFileSync } from "node:fs";

/**
 * @param {readonly import("vitest/node").TestModule[]} modules
 * @param {readonly unknown[]} unhandledErrors
 * @param {readonly string[]} failedChecks names of the checks that failed before the tests
 */
export function summarize(modules, unhandledErrors, failedChecks) {
  let passed = 0;
  /** @type {string[]} */
  const skipped = [];
  const failed = [
    ...failedChecks.map((name) => `failed: check: ${name}`),
    ...unhandledErrors.map((error) => `failed: outside every test: ${firstLine(error)}`),
  ];
  for (const module of modules) {
    const outside = [module, ...module.children.allSuites()].flatMap((suite) => suite.errors());
    failed.push(...outside.map((error) => `failed: ${module.relativeModuleId}: ${firstLine(error)}`));
    for (const test of module.children.allTests()) {
      const { state, errors } = test.result();
      const name = `${module.relativeModuleId} > ${test.fullName}`;
      if (state === "passed") passed += 1;
      else if (state === "skipped") skipped.push(`skipped: ${name}${reasonOf(test)}`);
      // a test that never ended (its worker died) did not pass
      else failed.push(`failed: ${name}: ${errors?.length ? firstLine(errors[0]) : "it never ended"}`);
    }
  }
  const closingLine = `${passed} passed, ${failed.length} failed, ${skipped.length} skipped`;
  return { notes: [...skipped, ...failed], closingLine };
}

/**
 * What an error says, in one line of at most 300 characters.
 * @param {unknown} error
 */
function firstLine(error) {
  const { message = String(error) } = /** @type {{ message?: string }} */ (error ?? {});
  return message.split("\n", 1)[0]?.slice(0, 300) ?? "";
}

/**
 * What `context.skip(reason)` said; `skipIf` takes no reason, so its tests say it in their names.
 * @param {import("vitest/node").TestCase} test
 */
function reasonOf(test) {
  const result = test.result();
  if (result.state === "skipped" && result.note) return `: ${result.note}`;
  return test.name.includes("skipped: ") ? "" : ": no reason given";
}

export default class ClosingLineReporter {
  #closingLine = "0 passed, 1 failed, 0 skipped"; // until a run comes to its end

  onInit() {
    // vitest may still print after its last report: who started it prints the line then, or this process at its exit
    if (!process.env.CLOISON_CLOSING_LINE) process.once("exit", () => console.log(this.#closingLine));
  }

  /**
   * @param {readonly import("vitest/node").TestModule[]} modules
   * @param {readonly unknown[]} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    const failedChecks = (process.env.CLOISON_FAILED_CHECKS ?? "").split(",").filter(Boolean);
    const { notes, closingLine } = summarize(modules, unhandledErrors, failedChecks);
    for (const note of notes) console.log(note);
    this.#closingLine = closingLine;
    const path = process.env.CLOISON_CLOSING_LINE;
    if (path) writeFileSync(path, closingLine);
  }
}
