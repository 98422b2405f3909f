import { Buffer } from "node:buffer";
import { Socket } from "node:net";
import { getSystemErrorMap } from "node:util";
import { SandboxClosedError, SandboxError } from "../errors.ts";
import { startError } from "../launcher/failure.ts";
import { sealedLauncher } from "../launcher/sealed-launcher.ts";
import { type Launcher, spawnLauncher } from "../launcher/spawn-launcher.ts";
import type { LauncherFailure } from "../launcher/status.ts";
import { hasEnded } from "../life/sandbox-end.ts";
import type { LivingSandbox } from "../living-sandbox.ts";
import { dialPolicy } from "./dial-policy.ts";
import { dialError, PortError } from "./port-error.ts";
import { createTurns } from "./turns.ts";

/** Requests of `native/dial.c`. */
const requests = { cancel: 0, connect: 1 } as const;
const requestBytes = 8;

/** In progress to one port: one that does not answer leaves room for others, up to MAX_CONNECTIONS of `native/dial.h`. */
const maxDialsToPort = 64;

/** Makes connections to a sandbox's ports by a process that has entered its network. */
export interface Dialer {
  /** @throws PortError, SandboxClosedError, SandboxStartError; the reason of the signal, which gives it up */
  dial(port: number, gaveUp: AbortSignal): Promise<Socket>;
}

interface Pending {
  readonly port: number;
  resolve(socket: Socket): void;
  reject(error: unknown): void;
}

interface Running {
  readonly launcher: Launcher;
  readonly pending: Map<number, Pending>;
}

/** The process starts with the first call, ends with the sandbox, and is replaced where it has ended before. */
export function createDialer(living: LivingSandbox): Dialer {
  let running: Running | undefined;
  let lastId = 0;
  const turns = createTurns(maxDialsToPort);

  function run(): Running {
    const started = startDialing(living);
    const { launcher } = started;
    living.joined.add(launcher);
    const onEnd = () => {
      living.joined.delete(launcher);
      if (running === started) running = undefined;
    };
    launcher.closed.then(onEnd, onEnd);
    return started;
  }

  return {
    async dial(port, gaveUp) {
      const leave = await turns.take(port, gaveUp);
      try {
        if (living.end !== undefined) throw hasEnded(living.end);
        running ??= run();
        return await request(running, { id: ++lastId % 2 ** 32, port, gaveUp });
      } finally {
        leave();
      }
    },
  };
}

interface Request {
  readonly id: number;
  readonly port: number;
  readonly gaveUp: AbortSignal;
}

function request({ launcher, pending }: Running, { id, port, gaveUp }: Request): Promise<Socket> {
  const ask = (kind: number) => {
    if (launcher.control.writable) launcher.control.write(encodeRequest(id, port, kind));
  };
  return new Promise<Socket>((resolve, reject) => {
    const cancel = () => {
      if (pending.delete(id)) ask(requests.cancel);
      reject(gaveUp.reason);
    };
    const settled = () => gaveUp.removeEventListener("abort", cancel);
    pending.set(id, {
      port,
      resolve(socket) {
        settled();
        resolve(socket);
      },
      reject(error) {
        settled();
        reject(error);
      },
    });
    gaveUp.addEventListener("abort", cancel, { once: true });
    ask(requests.connect);
  });
}

function encodeRequest(id: number, port: number, kind: number): Buffer {
  const bytes = Buffer.alloc(requestBytes);
  bytes.writeUInt32LE(id, 0);
  bytes.writeUInt16LE(port, 4);
  bytes.writeUInt16LE(kind, 6);
  return bytes;
}

/** @throws SandboxStartError when it cannot be started at all */
function startDialing(living: LivingSandbox): Running {
  const launcher = spawnLauncher({
    mode: "dial",
    program: sealedLauncher(),
    operations: living.adapt(dialPolicy(living)),
    stdio: "ignore",
    extra: [living.procFd, "ipc"],
  });
  const pending = new Map<number, Pending>();
  let failure: LauncherFailure | undefined;
  launcher.onStatus((status) => {
    if (status.kind === "error") failure ??= status;
  });
  launcher.child.on("message", (message: unknown, handle: unknown) => answer(pending, message, handle));
  const onEnd = (cause?: unknown) => {
    const error = endError(living, failure, cause);
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  };
  launcher.closed.then(() => onEnd(), onEnd);
  return { launcher, pending };
}

/** Why a process that has ended gives no more connections. */
function endError(living: LivingSandbox, failure: LauncherFailure | undefined, cause: unknown): SandboxError {
  if (living.end !== undefined) return hasEnded(living.end);
  if (cause instanceof SandboxError) return cause; // it could not be run
  if (failure === undefined)
    return new PortError(
      "PORT_FAILED",
      "the process that connects to the sandbox's ports was ended; try again, which starts another",
      { cause },
    );
  const error = startError(failure, cause);
  return failure.step === "sandbox gone"
    ? new SandboxClosedError("the sandbox has ended; make a new one", { cause: error })
    : error;
}

/** What the process says of a request: a connected socket, or why there is none. */
function answer(pending: Map<number, Pending>, message: unknown, handle: unknown): void {
  const { id, errno } = fieldsOf(message);
  const waiting = id === undefined ? undefined : pending.get(id);
  if (handle instanceof Socket) {
    // A reset that comes before the caller can listen must not end the host's process.
    handle.on("error", () => {});
    if (waiting === undefined) handle.destroy();
    else waiting.resolve(handle);
  } else waiting?.reject(dialError(waiting.port, errnoName(errno)));
  if (id !== undefined) pending.delete(id);
}

function fieldsOf(message: unknown): { readonly id?: number; readonly errno?: number } {
  if (typeof message !== "object" || message === null) return {};
  const id = "id" in message && typeof message.id === "number" ? { id: message.id } : {};
  return "errno" in message && typeof message.errno === "number" ? { ...id, errno: message.errno } : id;
}

function errnoName(errno = 0): string {
  return getSystemErrorMap().get(-errno)?.[0] ?? `errno ${errno}`;
}
