import { isIP } from "node:net";
import { createChecks } from "../options/checks.ts";
import { PortError } from "./port-error.ts";
import type { ForwardOptions, PortOptions } from "./types.ts";

const maxPort = 65_535;
const maxMs = 2 ** 31 - 1;
const checks = createChecks((message) => {
  throw new PortError("PORT_OPTION", message);
});

/** One call that reaches for a port. */
export interface PortCall {
  readonly port: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

function parsePort(port: unknown, where: string, min: 0 | 1): number {
  return checks.number(port, where, { min, max: maxPort });
}

/** @throws PortError */
export function parsePortCall(port: unknown, options: PortOptions, defaultMs: number): PortCall {
  checks.known(checks.fields(options, "the options"), ["timeoutMs", "signal"], "option of a port");
  const { timeoutMs = defaultMs, signal } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new PortError("PORT_OPTION", "signal must be an AbortSignal");
  return {
    port: parsePort(port, "the port", 1),
    timeoutMs: checks.number(timeoutMs, "timeoutMs", { min: 1, max: maxMs }),
    signal,
  };
}

export interface ParsedForward {
  readonly port: number;
  readonly host: string;
  readonly hostPort: number;
}

/** @throws PortError */
export function parseForward(port: unknown, options: ForwardOptions): ParsedForward {
  checks.known(checks.fields(options, "the options"), ["host", "port"], "option of a forward");
  const { host = "127.0.0.1", port: hostPort = 0 } = options;
  // A name would be looked up, and may mean more than one address.
  if (isIP(checks.text(host, "host")) === 0)
    throw new PortError(
      "PORT_OPTION",
      `host "${host}" must be an IP address, such as 127.0.0.1, ::1 or 0.0.0.0`,
    );
  return {
    port: parsePort(port, "the port", 1),
    host,
    hostPort: parsePort(hostPort, "the port of the host", 0),
  };
}
