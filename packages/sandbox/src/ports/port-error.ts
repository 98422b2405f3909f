import { SandboxError } from "../errors.ts";

/**
 * `PORT_OPTION`: an argument is unknown, of the wrong type or out of range. `PORT_CLOSED`: nothing listens inside.
 * `PORT_TIMEOUT`: nothing took the connection in time. `PORT_LISTEN`: the host's address cannot be listened on.
 * `PORT_FAILED`: anything else, which `errno` names.
 */
export type PortErrorCode = "PORT_OPTION" | "PORT_CLOSED" | "PORT_TIMEOUT" | "PORT_LISTEN" | "PORT_FAILED";

/** A port of a sandbox could not be reached, waited for or forwarded. */
export class PortError extends SandboxError {
  readonly code: PortErrorCode;
  /** What the system said, where it did. */
  readonly errno: string | undefined;

  constructor(code: PortErrorCode, message: string, details: { errno?: string; cause?: unknown } = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.errno = details.errno;
  }
}

/** @param errno of connecting inside */
export function dialError(port: number, errno: string): PortError {
  if (errno === "ECONNREFUSED")
    return new PortError(
      "PORT_CLOSED",
      `nothing listens on port ${port} inside the sandbox; start the server first, or wait for it with ports.wait(${port})`,
      { errno },
    );
  return new PortError(
    "PORT_FAILED",
    `port ${port} inside the sandbox could not be reached: ${errno}; ${fixOf(errno)}`,
    { errno },
  );
}

function fixOf(errno: string): string {
  if (errno === "EMFILE" || errno === "ENFILE")
    return "raise the limit of open files (ulimit -n), or close connections";
  if (errno === "EAGAIN") return "too many connections are being made at once; make fewer";
  if (errno === "EADDRNOTAVAIL") return "the sandbox has used up its own ports; close connections inside";
  if (errno === "ECONNRESET") return "its server closed the connection at once; look at that";
  return "look at the server inside, and try again";
}
