import type { Sandbox } from "#sandbox";
import { trialOf } from "../acts.ts";
import { type Act, type Probe, type ProbeContext, programInside, type Trial } from "../probe.ts";

async function act(sandbox: Sandbox, words: Act): Promise<Trial> {
  const { exitCode, stdout } = await sandbox.commands.run([programInside, ...words]);
  return trialOf(exitCode, stdout, words.join(" "));
}

interface NeighbourProbe extends Pick<Probe, "id" | "title" | "method" | "source" | "area"> {
  /** What the neighbour does first: an act that is held, or a command of the shell that ends. */
  readonly before: Act | string;
  /** How it is looked for. */
  readonly act: Act;
}

/** Runs the act in a sandbox beside the neighbour, or in the neighbour's own. */
async function look(
  context: ProbeContext,
  { before, act: words }: NeighbourProbe,
  where: "beside" | "own",
): Promise<Trial> {
  return context.withSandbox(async (neighbour) => {
    const held = typeof before === "string" ? undefined : await hold(neighbour, before);
    if (typeof before === "string") await neighbour.commands.run(before);
    try {
      return where === "beside" ? await context.inside(...words) : await act(neighbour, words);
    } finally {
      await held?.kill();
    }
  });
}

/** Starts an act that lasts, and waits until it says that it is ready. */
async function hold(sandbox: Sandbox, words: Act) {
  const handle = await sandbox.commands.start([programInside, ...words]);
  for await (const _chunk of handle.stdout.iterator({ destroyOnReturn: false })) break;
  return handle;
}

function neighbourProbe(row: NeighbourProbe): Probe {
  const { id, area, title, method, source } = row;
  return {
    ...{ id, area, title, method, source },
    light: true,
    attack: (context) => look(context, row, "beside"),
    control: (context) => look(context, row, "own"),
  };
}

const source = "two tenants on one machine; as an ordinary user both have the same kernel id";
const abstractName = "@cloison-neighbour";
const port = "7007";

/** What another sandbox of the same host has. */
export const neighbourProbes: readonly Probe[] = [
  neighbourProbe({
    id: "neighbour-files",
    area: "files",
    title: "another sandbox's files",
    method: "read what a neighbour has written to /tmp, /dev/shm and its home",
    source,
    before: "for each in /tmp /dev/shm /home/agent; do echo secret > $each/neighbour; done",
    act: ["any-content", "/tmp/neighbour", "/dev/shm/neighbour", "/home/agent/neighbour"],
  }),
  neighbourProbe({
    id: "neighbour-shared-memory",
    area: "files",
    title: "another sandbox's System V shared memory",
    method: "open it by its key",
    source,
    before: `${programInside} ipc-make shm 711`,
    act: ["ipc-find", "shm", "711"],
  }),
  neighbourProbe({
    id: "neighbour-port",
    area: "network",
    title: "another sandbox's port",
    method: "connect to what a neighbour listens on at 127.0.0.1",
    source,
    before: ["listen-tcp", "0.0.0.0", port],
    act: ["connect-tcp", "127.0.0.1", port],
  }),
  neighbourProbe({
    id: "neighbour-abstract",
    area: "network",
    title: "another sandbox's abstract socket",
    method: "connect to its name",
    source,
    before: ["listen-unix", abstractName],
    act: ["connect-unix", abstractName],
  }),
];
