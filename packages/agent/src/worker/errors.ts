/** The base of what the worker throws on purpose. None of these reaches the host as a class. */
export abstract class WorkerError extends Error {
  abstract readonly code: string;
}

/** A tool could not do what it was asked; the message is what the model reads. */
export class ToolError extends WorkerError {
  override readonly name = "ToolError";
  override readonly code = "TOOL";
}

/** The host said something else than protocol.ts lays down: host and worker are not of the same build. */
export class HostMessageError extends WorkerError {
  override readonly name = "HostMessageError";
  override readonly code = "HOST_MESSAGE";
}

/** The host refused or failed a turn, or cancelled the run. */
export class RunEndedError extends WorkerError {
  override readonly name = "RunEndedError";
  override readonly code = "RUN_ENDED";
}
