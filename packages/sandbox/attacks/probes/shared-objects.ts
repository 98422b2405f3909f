import type { Act, Probe, ProbeContext, Trial } from "../probe.ts";
import { heldAct } from "../services.ts";

/** Kinds of objects that processes share by a key, as `cloison-attack` names them. */
const kinds = [
  { kind: "shm", id: "shared-memory", title: "the host's System V shared memory", source: "shmget(2)" },
  { kind: "sem", id: "semaphores", title: "the host's System V semaphores", source: "semget(2)" },
  { kind: "msg", id: "message-queue", title: "the host's System V message queues", source: "msgget(2)" },
  { kind: "mq", id: "posix-queue", title: "the host's POSIX message queues", source: "mq_overview(7)" },
] as const;

/** Small enough for any kernel, and nobody else's in the same second. */
let nextKey = 0x0c10_0000 + (process.pid % 0x10000) * 16;

async function find(
  context: ProbeContext,
  kind: string,
  place: (...act: Act) => Promise<Trial>,
): Promise<Trial> {
  const key = String(nextKey++);
  const held = await heldAct(context.program, ["ipc-hold", kind, key]);
  if ("outcome" in held) return held;
  try {
    return await place("ipc-find", kind, key);
  } finally {
    await held.close();
  }
}

/** Objects of the host that have a key instead of a path. */
export const sharedObjectProbes: readonly Probe[] = kinds.map(
  ({ kind, id, title, source }): Probe => ({
    id: `host-${id}`,
    area: "files",
    title,
    method: "open an object that the host has made, by its key",
    source: `${source}, ipc_namespaces(7)`,
    light: true,
    attack: (context) => find(context, kind, context.inside),
    control: (context) => find(context, kind, context.outside),
  }),
);
