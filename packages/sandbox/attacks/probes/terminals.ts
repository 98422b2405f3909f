import type { Sandbox } from "#sandbox";
import { trialOf } from "../acts.ts";
import { type Act, type Probe, type ProbeContext, programInside, refused, type Trial } from "../probe.ts";

const area = "terminals";
/** More than a sandbox may have, and less than a process may have files. */
const many = "300";

async function act({ commands }: Sandbox, ...words: Act): Promise<Trial> {
  const { exitCode, stdout } = await commands.run([programInside, ...words]);
  return trialOf(exitCode, stdout, words.join(" "));
}

const openFirst: Act = ["open-file", "/dev/pts/0"];

/** What is not there cannot be opened: here that is the answer, and no lack of the machine's. */
function orAbsent(trial: Trial): Trial {
  return trial.outcome === "skipped" ? refused("it is not there") : trial;
}

/** The act beside a terminal of the same sandbox, in whose shell a person may be. */
function besideTerminal(context: ProbeContext, body: (sandbox: Sandbox) => Promise<Trial>): Promise<Trial> {
  return context.withSandbox(async (sandbox) => {
    const pty = await sandbox.pty.create({ command: ["/bin/cat"] });
    try {
      return await body(sandbox);
    } finally {
      await pty.kill();
    }
  });
}

/** The same act where a process of the sandbox's own holds a master. */
function besideMaster(context: ProbeContext, ...words: Act): Promise<Trial> {
  return context.withSandbox(async (sandbox) => {
    const holder = await sandbox.commands.start("exec 9<>/dev/ptmx; echo ready; exec sleep 100");
    for await (const _chunk of holder.stdout.iterator({ destroyOnReturn: false })) break;
    return act(sandbox, ...words);
  });
}

/** What programs inside could do to terminals that people and other sandboxes use. */
export const terminalProbes: readonly Probe[] = [
  {
    id: "neighbour-terminal",
    area,
    title: "another sandbox's terminal",
    method: "open /dev/pts/0 while a neighbour has a terminal of that name",
    source: "the kernel's filesystems/devpts: each mount is an instance of its own",
    attack: (context) =>
      besideTerminal(context, () =>
        context.withSandbox(async (other) => orAbsent(await act(other, ...openFirst))),
      ),
    control: (context) => besideTerminal(context, (own) => act(own, ...openFirst)),
  },
  {
    id: "terminal-master",
    area,
    title: "the host's side of the own terminal",
    method:
      "look for the master among the open files of every process that is seen, beside a terminal in use",
    source: "pty(7)",
    attack: (context) => besideTerminal(context, (sandbox) => act(sandbox, "find-master")),
    control: (context) => besideMaster(context, "find-master"),
  },
  {
    id: "terminals-of-all",
    area,
    title: "more terminals than others can spare",
    method: `make ${many} terminals: all sandboxes share /proc/sys/kernel/pty/max`,
    source: "devpts: the mount option max, and pty.reserve, which keeps some for the host alone",
    attack: (context) => context.withSandbox((sandbox) => act(sandbox, "many-terminals", many)),
    control: (context) => context.outside("many-terminals", many),
  },
];
