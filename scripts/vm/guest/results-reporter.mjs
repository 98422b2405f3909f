// A vitest reporter that tells each result to the machine outside, one line of JSON each, as soon as it is there.
import { tell } from "./tell.mjs";

/** @param {readonly { stack?: string, message: string }[]} errors */
const texts = (errors) => errors.map(({ stack, message }) => stack ?? message);

export default class ResultsReporter {
  /** @param {import("vitest/node").TestCase} test */
  onTestCaseResult(test) {
    const result = test.result();
    tell({
      file: test.module.relativeModuleId,
      name: test.fullName,
      // a test that never ended did not pass
      state: result.state === "pending" ? "failed" : result.state,
      note: result.state === "skipped" ? result.note : undefined,
      ms: Math.round(test.diagnostic()?.duration ?? 0),
      errors: texts(result.errors ?? []),
    });
  }

  /** @param {import("vitest/node").TestModule} module */
  onTestModuleEnd(module) {
    const errors = [module, ...module.children.allSuites()].flatMap((suite) => suite.errors());
    const file = module.relativeModuleId;
    const name = "loads";
    if (errors.length > 0) tell({ file, name, state: "failed", ms: 0, errors: texts(errors) });
  }

  /** @param {readonly unknown[]} _modules @param {readonly import("vitest").SerializedError[]} unhandled */
  onTestRunEnd(_modules, unhandled) {
    const file = "vitest";
    const name = "ends without unhandled errors";
    tell({ file, name, state: unhandled.length > 0 ? "failed" : "passed", ms: 0, errors: texts(unhandled) });
  }
}
