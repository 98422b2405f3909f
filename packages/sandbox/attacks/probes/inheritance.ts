import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { text } from "node:stream/consumers";
import { CommandStartError } from "#sandbox";
import { trialOf } from "../acts.ts";
import { actOfPlantedHost, actWithPlant } from "../planted-host.ts";
import {
  nodeInside,
  type Probe,
  type ProbeContext,
  programInside,
  refused,
  succeeded,
  type Trial,
} from "../probe.ts";

/** What Node itself opens is a pipe, an event queue or the null device. */
const listDescriptors = `
  const fs = require("node:fs");
  for (const fd of fs.readdirSync("/proc/self/fd"))
    try { console.log(fd + " " + fs.readlinkSync("/proc/self/fd/" + fd)); } catch {}`;

function foreignDescriptors(list: string): Trial {
  const lines = list.trim().split("\n").filter(Boolean);
  const foreign = lines.filter(
    (line) => !/^\d+ (anon_inode:.*|pipe:.*|\/dev\/null|\/proc\/\d+\/fd)$/.test(line),
  );
  return foreign.length === 0
    ? refused(`${lines.length} descriptors, all of Node's own`)
    : succeeded(foreign.join(", "));
}

/** What a program prints that the host starts with a file open which nobody has marked to close. */
async function withLeak(
  program: string,
  args: readonly string[],
): Promise<{ status: number | null; output: string }> {
  const leaked = openSync(program, "r");
  try {
    const child = spawn(program, args, { env: {}, stdio: ["ignore", "pipe", "ignore", leaked, leaked] });
    const output = child.stdout === null ? "" : text(child.stdout);
    const status = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    return { status, output: await output };
  } finally {
    closeSync(leaked);
  }
}

const descriptors: readonly Probe[] = [
  {
    id: "leaked-descriptors",
    area: "processes",
    title: "descriptors that were left open",
    method: "look at descriptors 3 to 1024",
    source: "CVE-2024-21626, runc; CVE-2016-9962, runc",
    light: true,
    attack: (context) => context.inside("leaked-descriptors"),
    control: async (context) => {
      const { status, output } = await withLeak(context.program, ["leaked-descriptors"]);
      return trialOf(status, output, "leaked-descriptors");
    },
  },
  {
    id: "leaked-descriptors-node",
    area: "processes",
    title: "descriptors that were left open, as Node finds them",
    method: "read the links in Node's own /proc/self/fd",
    source: "CVE-2024-21626, runc",
    attack: (context) =>
      context.withSandbox(async ({ commands }) =>
        foreignDescriptors((await commands.run([nodeInside, "-e", listDescriptors])).stdout),
      ),
    control: async () =>
      foreignDescriptors((await withLeak(process.execPath, ["-e", listDescriptors])).output),
  },
];

/** Descriptors that a command's working directory is tried by: the launcher's own, and those it keeps out of their way. */
const tried = [
  ...Array.from({ length: 18 }, (_, index) => index + 3),
  ...Array.from({ length: 8 }, (_, index) => index + 64),
];

async function standIn(context: ProbeContext, directory: string): Promise<Trial> {
  return context.withSandbox(async ({ commands }) => {
    for (const fd of tried)
      try {
        const { stdout } = await commands.run(["/bin/pwd"], { cwd: `${directory}/${fd}` });
        return succeeded(`the command began in ${stdout.trim()}, descriptor ${fd}`);
      } catch (error) {
        if (!(error instanceof CommandStartError)) throw error;
      }
    return refused(`${tried.length} descriptors lead nowhere`);
  });
}

const workingDirectory: Probe = {
  id: "working-directory-by-descriptor",
  area: "processes",
  title: "a working directory by the launcher's descriptors",
  method: "run commands with cwd /proc/self/fd/3 to 71",
  source: "CVE-2024-21626, runc",
  attack: (context) => standIn(context, "/proc/self/fd"),
  control: (context) => context.inside("leaked-directories", "own"),
};

const raceJoins = 16;
const joinsAtOnce = 2;

/** Lets a process of the sandbox look at whatever appears, while commands are started. */
async function race(context: ProbeContext, words: readonly string[]): Promise<Trial> {
  return context.withSandbox(async ({ commands }) => {
    const racer = await commands.start([programInside, "race-joiners", ...words]);
    const output = text(racer.stdout);
    const join = async () => {
      for (let done = 0; done < raceJoins / joinsAtOnce; done++) await commands.run(["sleep", "0.01"]);
    };
    await Promise.all(Array.from({ length: joinsAtOnce }, join));
    racer.stdin.end();
    const { exitCode } = await racer.wait();
    return trialOf(exitCode, await output, "race-joiners");
  });
}

const joining: Probe = {
  id: "race-joiners",
  area: "processes",
  title: "the launcher between its entry and a command's start",
  method: "open exe, mem, fd, environ, root and more of each new process before its program begins",
  source: "CVE-2016-9962 and CVE-2019-5736, runc",
  attack: (context) => race(context, []),
  control: (context) => race(context, ["after"]),
};

/** A script that the kernel runs by whatever runs at the time: the launcher that is about to start it. */
const bait = "/tmp/bait";
const makeBait = `printf '#!/proc/self/exe\\n' > ${bait} && chmod +x ${bait}`;

const mostBaits = 200;

const running: Probe = {
  id: "run-launcher",
  area: "processes",
  title: "the launcher's file, run inside",
  method: "run a script whose interpreter is /proc/self/exe, and change the file that it leads to",
  source: "CVE-2019-5736, runc",
  attack: (context) =>
    context.withSandbox(async ({ commands }) => {
      await commands.run(makeBait);
      const catcher = await commands.start([programInside, "catch-launcher"]);
      const output = text(catcher.stdout);
      const end = catcher.wait();
      let caught = false;
      void end.then(() => {
        caught = true;
      });
      for (let tries = 0; tries < mostBaits && !caught; tries++) await commands.run([bait]);
      catcher.stdin.end();
      const { exitCode } = await end;
      return trialOf(exitCode, await output, "catch-launcher");
    }),
  control: (context) => context.inside("overwrite-executable", "copy"),
};

const terminal: Probe = {
  id: "controlling-terminal",
  area: "processes",
  title: "the terminal of the host's user",
  method: "open /dev/tty in a sandbox whose host was started in a terminal",
  source: "CVE-2017-5226, bubblewrap",
  attack: (context) => actOfPlantedHost(context, ["with-terminal"], { act: ["open-file", "/dev/tty"] }),
  control: (context) => actWithPlant(context, ["with-terminal"], ["open-file", "/dev/tty"]),
};

/** What a command gets from the processes that start it. */
export const inheritanceProbes: readonly Probe[] = [
  ...descriptors,
  workingDirectory,
  joining,
  running,
  terminal,
];
