export { CgroupUnavailableError } from "./cgroup/index.ts";
export type {
  BufferCommandOptions,
  CommandInfo,
  LogMatch,
  Truncated,
  WaitForLogOptions,
} from "./commands/types.ts";
export { createSandbox } from "./create-sandbox.ts";
export { checkHost } from "./doctor/check-host.ts";
export type { HostLayer, HostReport } from "./doctor/host-report.ts";
export {
  CommandEndedError,
  CommandExitError,
  CommandNotFoundError,
  CommandOptionError,
  CommandStartError,
  LauncherMissingError,
  PtyEndedError,
  SandboxClosedError,
  SandboxError,
  SandboxOptionError,
  SandboxPausedError,
  SandboxPauseError,
  SandboxStartError,
  WaitTimeoutError,
} from "./errors.ts";
export type { EventsOptions } from "./events/event-stream.ts";
export type { SandboxEvent } from "./events/events.ts";
export { FileError, type FileErrorCode } from "./files/file-error.ts";
export type {
  CopyOptions,
  DownloadOptions,
  FileChange,
  FileData,
  FileEntry,
  FilePath,
  Files,
  FileToWrite,
  FileType,
  FileWatch,
  ListOptions,
  MakeDirOptions,
  ReadOptions,
  RemoveOptions,
  RenameOptions,
  StatOptions,
  UploadOptions,
  UploadResult,
  WatchOptions,
  WriteOptions,
} from "./files/types.ts";
export type { SandboxLife } from "./life/types.ts";
export { PortError, type PortErrorCode } from "./ports/port-error.ts";
export type { ForwardOptions, PortForward, PortOptions, Ports } from "./ports/types.ts";
export type { Pty, PtyHandle, PtyListener, PtyOptions, PtySize } from "./pty/types.ts";
export { SnapshotError, type SnapshotFailure } from "./snapshots/errors.ts";
export { snapshots } from "./snapshots/snapshots.ts";
export type {
  SnapshotInfo,
  SnapshotOptions,
  SnapshotStoreOptions,
  Snapshots,
} from "./snapshots/types.ts";
export type {
  CommandExit,
  CommandHandle,
  CommandOptions,
  CommandResult,
  Commands,
  Denial,
  FileCount,
  IdsOption,
  InterfaceStats,
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
