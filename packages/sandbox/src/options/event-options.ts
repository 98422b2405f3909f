import { SandboxOptionError } from "../errors.ts";
import type { EventsOptions } from "../events/event-stream.ts";
import type { SandboxOptions } from "../types.ts";
import { createChecks } from "./checks.ts";

const checks = createChecks((message) => {
  throw new SandboxOptionError(message);
});

/** @throws SandboxOptionError */
export function parseOnEvent(onEvent: SandboxOptions["onEvent"]): SandboxOptions["onEvent"] {
  if (onEvent !== undefined && typeof onEvent !== "function")
    throw new SandboxOptionError("onEvent must be a function");
  return onEvent;
}

/** @throws SandboxOptionError */
export function parseEventsOptions(options: EventsOptions = {}): EventsOptions {
  checks.known(checks.fields(options, "the options"), ["signal"], "option of events");
  if (options.signal !== undefined && !(options.signal instanceof AbortSignal))
    throw new SandboxOptionError("signal must be an AbortSignal");
  return options;
}
