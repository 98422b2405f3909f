import type { SandboxOptions } from "@cloison/sandbox";
import { type OptionReader, readOptions } from "./option-reader.ts";

/** What an application may say about the sandbox of its runs; see `@cloison/sandbox` for units and defaults. */
export type RunSandboxOptions = Pick<SandboxOptions, "limits" | "enforce">;

/**
 * Checks the names in the option `sandbox`. The values are for the sandbox package to check, which
 * does so whenever a run makes a sandbox.
 */
export function parseSandboxOptions(
  options: OptionReader,
  given: RunSandboxOptions | undefined,
): RunSandboxOptions {
  if (given === undefined) return {};
  options.optionalObject("sandbox");
  const sandbox = readOptions("the option sandbox", given, ["limits", "enforce"]);
  sandbox.optionalObject("limits");
  sandbox.optionalText("enforce");
  const { limits, enforce } = given;
  return {
    ...(limits === undefined ? {} : { limits: { ...limits } }),
    ...(enforce === undefined ? {} : { enforce }),
  };
}
