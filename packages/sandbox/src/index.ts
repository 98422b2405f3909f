export { CgroupUnavailableError } from "./cgroup/index.ts";
export { createSandbox } from "./create-sandbox.ts";
export {
  CommandOptionError,
  CommandStartError,
  LauncherMissingError,
  SandboxClosedError,
  SandboxError,
  SandboxOptionError,
  SandboxStartError,
} from "./errors.ts";
export type {
  CommandExit,
  CommandHandle,
  CommandOptions,
  CommandResult,
  Commands,
  Layer,
  Mount,
  Sandbox,
  SandboxEnd,
  SandboxLimits,
  SandboxOptions,
  SandboxStats,
  StartOptions,
} from "./types.ts";
