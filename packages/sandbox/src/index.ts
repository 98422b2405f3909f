export { CgroupUnavailableError } from "./cgroup/index.ts";
export { createSandbox } from "./create-sandbox.ts";
export { checkHost } from "./doctor/check-host.ts";
export type { HostLayer, HostReport } from "./doctor/host-report.ts";
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
  Denial,
  IdsOption,
  IoLimit,
  Layer,
  Mount,
  Sandbox,
  SandboxEnd,
  SandboxLimits,
  SandboxOptions,
  SandboxStats,
  SeccompOption,
  StartOptions,
  WritableSystemOptions,
} from "./types.ts";
