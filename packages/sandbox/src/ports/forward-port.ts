import { once } from "node:events";
import { type AddressInfo, createServer, isIPv6, type Server, type Socket } from "node:net";
import { errorCode } from "../cgroup/index.ts";
import { hasEnded } from "../life/sandbox-end.ts";
import type { LivingSandbox } from "../living-sandbox.ts";
import { joinSockets } from "./join-sockets.ts";
import { PortError } from "./port-error.ts";
import type { ParsedForward } from "./port-options.ts";
import type { PortForward } from "./types.ts";

const maxConnections = 256;

/** Makes a connection inside for one of the host's; the signal gives it up. */
export type ConnectInside = (port: number, signal: AbortSignal) => Promise<Socket>;

/** Every forward of a sandbox that is open, to be closed with it. */
export interface Forwards {
  open(forward: ParsedForward): Promise<PortForward>;
}

export function createForwards(living: LivingSandbox, connect: ConnectInside): Forwards {
  const closers = new Set<() => Promise<void>>();
  void living.closed.then(() => {
    for (const close of closers) void close();
  });

  return {
    async open({ port, host, hostPort }) {
      if (living.end !== undefined) throw hasEnded(living.end);
      const clients = new Set<Socket>();
      const server = createServer({ allowHalfOpen: true }, (client) => {
        clients.add(client);
        client.on("close", () => clients.delete(client));
        void serve(client, (signal) => connect(port, signal));
      });
      server.maxConnections = maxConnections;
      const address = await listen(server, host, hostPort);
      const close = closing(server, clients, () => {
        closers.delete(close);
        // With the sandbox all of them end: that it has ended says so.
        if (living.end === undefined)
          living.events.emit({ type: "port.closed", port, host: address.address, hostPort: address.port });
      });
      closers.add(close);
      living.events.emit({ type: "port.forwarded", port, host: address.address, hostPort: address.port });
      // Ended while it began to listen: nobody else will close it.
      if (living.end !== undefined) {
        await close();
        throw hasEnded(living.end);
      }
      return {
        host: address.address,
        port: address.port,
        url: urlOf(address),
        close,
        [Symbol.asyncDispose]: close,
      };
    },
  };
}

/** @throws PortError */
async function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, "listening");
  } catch (cause) {
    const errno = errorCode(cause);
    throw new PortError(
      "PORT_LISTEN",
      `the host cannot listen on ${host}, port ${port}: ${errno}; choose another port, or 0 for one that is free, and an address of this machine`,
      { cause, ...(errno !== undefined && { errno }) },
    );
  }
  // A client that is gone before it is accepted, or no descriptor for it, is no reason to end the host.
  server.on("error", () => {});
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new PortError("PORT_LISTEN", `the host's listener on ${host} was closed; forward the port again`);
  return address;
}

async function serve(client: Socket, connect: (signal: AbortSignal) => Promise<Socket>): Promise<void> {
  const gone = new AbortController();
  client.on("error", () => {}); // told by its close
  client.once("close", () => gone.abort());
  try {
    const inside = await connect(gone.signal);
    inside.allowHalfOpen = true;
    if (client.destroyed) inside.destroy();
    else joinSockets(client, inside);
  } catch {
    client.resetAndDestroy(); // nothing listens inside: to the client, the same
  }
}

/** Closes once; all who ask wait for the same. */
function closing(server: Server, clients: ReadonlySet<Socket>, onClosed: () => void): () => Promise<void> {
  let closed: Promise<void> | undefined;
  return () => {
    closed ??= new Promise((resolve) => {
      server.close(() => {
        onClosed();
        resolve();
      });
      for (const client of clients) client.destroy();
    });
    return closed;
  };
}

/** An address that stands for all of them is none to connect to. */
function urlOf({ address, port }: AddressInfo): string {
  const local = { "0.0.0.0": "127.0.0.1", "::": "::1" }[address] ?? address;
  return `http://${isIPv6(local) ? `[${local}]` : local}:${port}`;
}
