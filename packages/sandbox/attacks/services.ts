import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { trialOf } from "./acts.ts";
import { type Act, skipped, type Trial } from "./probe.ts";

/** Something that listens, until it is closed. */
export interface Service {
  /** Its port, where it has one. */
  readonly port: string;
  close(): Promise<void>;
}

function isAbsent(error: unknown): boolean {
  return (
    error instanceof Error && "code" in error && ["EADDRNOTAVAIL", "EAFNOSUPPORT"].includes(`${error.code}`)
  );
}

/** At a port of the kernel's choice; a Trial where this host lacks the address. */
export async function tcpService(at: string): Promise<Service | Trial> {
  const server = createServer((socket) => socket.destroy());
  const listening = once(server, "listening");
  server.listen(0, at);
  try {
    await listening;
  } catch (error) {
    if (isAbsent(error)) return skipped(`this host has no ${at}`);
    throw error;
  }
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? String(address.port) : "",
    async close() {
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}

/** Sends back what it gets. */
export async function udpService(address: string): Promise<Service> {
  const socket = createSocket("udp4");
  socket.on("message", (message, from) => socket.send(message, from.port, from.address));
  const listening = once(socket, "listening");
  socket.bind(0, address);
  await listening;
  return {
    port: String(socket.address().port),
    async close() {
      const closed = once(socket, "close");
      socket.close();
      await closed;
    },
  };
}

/**
 * An act of `cloison-attack` on the host that says when it is ready and lasts until it is closed or this process ends,
 * when it takes away what it has made. A Trial where it did not begin.
 */
export async function heldAct(program: string, act: Act): Promise<Service | Trial> {
  const child = spawn(program, act, { env: {}, cwd: "/", stdio: ["pipe", "pipe", "inherit"] });
  const closed = once(child, "close");
  const [first] = await Promise.race([once(child.stdout, "data"), closed]);
  if (!String(first).startsWith("ready")) {
    const [status] = await closed;
    return trialOf(status, String(first), act.join(" "));
  }
  child.stdout.resume();
  return {
    port: "",
    async close() {
      child.stdin.end();
      await closed;
    },
  };
}
