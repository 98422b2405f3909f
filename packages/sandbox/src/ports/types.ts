import type { Socket } from "node:net";

export interface PortOptions {
  /**
   * Milliseconds of the sandbox's time, which stands still while it is paused. Default 10,000 for `connect` and 30,000
   * for `wait`.
   */
  readonly timeoutMs?: number;
  /** Its reason is what the call then rejects with. */
  readonly signal?: AbortSignal;
}

export interface ForwardOptions {
  /** Address of the host to listen on. Default 127.0.0.1; another one may let other machines in. */
  readonly host?: string;
  /** Port of the host to listen on. Default 0: one that is free. */
  readonly port?: number;
}

/** A port of the host behind which a port of the sandbox is. */
export interface PortForward extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** For a browser of this machine, where an HTTP server listens inside. */
  readonly url: string;
  /** Ends it with all its connections; resolves when the port is free again. Ends with the sandbox by itself. */
  close(): Promise<void>;
}

/**
 * TCP ports of the sandbox's own loopback, 127.0.0.1 or else ::1. They are reached from inside, so that servers which
 * listen on localhost alone are too, and the sandbox needs no network for it.
 */
export interface Ports {
  /**
   * A connection to a port. It is the very socket inside, handed out: nothing stands between. It behaves as one of
   * `net.connect()`, but for an error that nobody listens to, which shows in `errored` and the `close` event. When the
   * sandbox ends it ends or is reset. A server that is paused with its sandbox answers when it goes on.
   *
   * @throws PortError, SandboxClosedError, SandboxStartError
   */
  connect(port: number, options?: PortOptions): Promise<Socket>;
  /**
   * Resolves when a server accepts connections on a port. It finds out by connecting, so the server sees one that is
   * closed at once.
   *
   * @throws PortError, SandboxClosedError, SandboxStartError
   */
  wait(port: number, options?: PortOptions): Promise<void>;
  /**
   * Listens on the host, and joins each connection to one of its own inside; at most 256 at once, further ones are
   * closed. The server inside may come and go: while there is none, connections are reset.
   *
   * @throws PortError, SandboxClosedError
   */
  forward(port: number, options?: ForwardOptions): Promise<PortForward>;
}
