import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { SandboxError } from "#sandbox";
import { trialOf } from "../acts.ts";
import {
  type Act,
  type Probe,
  type ProbeContext,
  programInside,
  refused,
  skipped,
  succeeded,
  type Trial,
} from "../probe.ts";
import { heldAct } from "../services.ts";

const area = "files";

let trees = 0;

/** A tree of the probe's own: what is mounted lies in `mounted`, and a secret beside it. */
function makeTree({ directory }: ProbeContext) {
  const base = join(directory, `tree-${trees++}`);
  const mounted = join(base, "mounted");
  const inner = join(mounted, "inner");
  mkdirSync(join(inner, "deep"), { recursive: true });
  writeFileSync(join(base, "secret"), "of the host alone\n");
  return { base, mounted, inner };
}

interface RenameProbe extends Pick<Probe, "id" | "title" | "method" | "source"> {
  readonly act: string;
}

/** Two mounts of one tree: from the upper one, a directory is moved above the root of the lower one. */
function renameProbe({ act, ...row }: RenameProbe): Probe {
  const words = (lower: string, upper: string): Act => [
    act,
    `${lower}/deep`,
    `${upper}/inner/deep`,
    `${upper}/deep`,
    "../../secret",
  ];
  return {
    ...row,
    area,
    async attack(context) {
      const { mounted, inner } = makeTree(context);
      const mounts = [
        { source: mounted, target: "/workspace", access: "rw" },
        { source: inner, target: "/srv/inner", access: "rw" },
      ] as const;
      return context.withSandbox(
        async (sandbox) => {
          const { exitCode, stdout } = await sandbox.commands.run([
            programInside,
            ...words("/srv/inner", "/workspace"),
          ]);
          return trialOf(exitCode, stdout, act);
        },
        { mounts },
      );
    },
    async control(context) {
      const { mounted, inner } = makeTree(context);
      return context.outside(...words(inner, mounted));
    },
  };
}

const standAndRead = "cd standing && echo ready && read line && cat ../secret";

/** A shell stands in a directory while the host moves it out of what is mounted. */
const movedByHost: Probe = {
  id: "moved-by-host",
  area,
  title: "a directory that the host moves out of the mount",
  method: "stand in it, and go up to what is now beside it",
  source: "CVE-2015-2925: the way up from a bind mount's moved directory",
  async attack(context) {
    const { base, mounted } = makeTree(context);
    mkdirSync(join(mounted, "standing"));
    return context.withSandbox(
      async (sandbox) => {
        const shell = await sandbox.commands.start(standAndRead);
        let output = "";
        for await (const chunk of shell.stdout) {
          if (output === "") {
            await rename(join(mounted, "standing"), join(base, "standing"));
            shell.stdin.end("go\n");
          }
          output += chunk;
        }
        return output.includes("of the host alone") ? succeeded("the secret was read") : refused("ENOENT");
      },
      { mounts: [{ source: mounted, target: "/workspace", access: "rw" }] },
    );
  },
  async control(context) {
    const { base, mounted } = makeTree(context);
    mkdirSync(join(mounted, "standing"));
    const shell = spawn("/bin/sh", ["-c", standAndRead], {
      cwd: mounted,
      stdio: ["pipe", "pipe", "inherit"],
    });
    await once(shell.stdout, "data");
    await rename(join(mounted, "standing"), join(base, "standing"));
    shell.stdin.end("go\n");
    const [chunk] = await once(shell.stdout, "data");
    return String(chunk).includes("of the host alone") ? succeeded() : refused(String(chunk));
  },
};

const sandboxTries = 25;
const naiveTries = 20_000;

/** Swaps a directory with a link to / while something looks at it. */
async function whileSwapped(context: ProbeContext, look: (path: string) => Promise<Trial>): Promise<Trial> {
  const { base } = makeTree(context);
  const path = join(base, "project");
  const other = join(base, "other");
  mkdirSync(path);
  symlinkSync("/", other);
  const swapper = await heldAct(context.program, ["exchange", path, other]);
  if ("outcome" in swapper) return swapper;
  try {
    return await look(path);
  } finally {
    await swapper.close();
  }
}

const swappedSource: Probe = {
  id: "swapped-source",
  area,
  title: "a mount's source that is swapped while it is checked",
  method: `exchange a directory and a link to / without end, while ${sandboxTries} sandboxes mount it`,
  source: "CVE-2021-30465, CVE-2024-0132: what is checked must be what is mounted",
  attack: (context) =>
    whileSwapped(context, async (source) => {
      let made = 0;
      for (let i = 0; i < sandboxTries; i++) {
        const seen = await lookInside(context, source);
        if (seen?.outcome === "succeeded") return seen;
        if (seen !== undefined) made++;
      }
      return refused(`${made} of ${sandboxTries} sandboxes were made, none saw /`);
    }),
  control: (context) =>
    whileSwapped(context, async (path) => {
      for (let i = 0; i < naiveTries; i++) {
        try {
          // Checked first, used afterwards: the mistake.
          if (statSync(join(path, "etc"), { throwIfNoEntry: false }) !== undefined) continue;
          readFileSync(join(path, "etc/passwd"));
          return succeeded(`a check before use was got around at try ${i + 1}`);
        } catch {
          // Not this time.
        }
      }
      return skipped("the race was not won by the control either");
    }),
};

/** Undefined where the sandbox was refused, which is safe. */
async function lookInside(context: ProbeContext, source: string): Promise<Trial | undefined> {
  try {
    return await context.withSandbox(
      async (sandbox) => {
        const { exitCode, stdout } = await sandbox.commands.run([
          programInside,
          ...["any-content", "/workspace/etc", "/workspace/usr"],
        ]);
        return trialOf(exitCode, stdout, "any-content");
      },
      { mounts: [{ source, target: "/workspace", access: "ro" }] },
    );
  } catch (error) {
    if (error instanceof SandboxError) return undefined;
    throw error;
  }
}

const longAgo = new Date("2001-01-01T00:00:00Z");

async function readTime(context: ProbeContext, where: "reading" | "workspace"): Promise<Trial> {
  const path = join(context.stage.outside[where], `${where}-time`);
  writeFileSync(path, "given\n");
  utimesSync(path, longAgo, longAgo);
  await context.inside("read", `${context.stage.inside[where]}/${where}-time`);
  return statSync(path).atimeMs > longAgo.getTime()
    ? succeeded("the time of access changed")
    : refused("unchanged");
}

const accessTime: Probe = {
  id: "access-time",
  area,
  title: "the time of access in a read-only mount",
  method: "read a file, which tells backup and clean-up programs of the host that it is in use",
  source: "mount_setattr(2): a read-only mount writes no times either",
  light: true,
  attack: (context) => readTime(context, "reading"),
  async control(context) {
    const trial = await readTime(context, "workspace");
    return trial.outcome === "refused" ? skipped("this file system keeps no times of access") : trial;
  },
};

/** Files that move while something looks at them. */
export const raceProbes: readonly Probe[] = [
  renameProbe({
    id: "rename-above-mount",
    title: "a directory moved above its mount's root",
    method: "two mounts of one tree: move the directory one stands in by the one, go up in the other",
    source: "CVE-2015-2925",
    act: "rename-out",
  }),
  renameProbe({
    id: "rename-above-mount-race",
    title: "a directory moved to and fro",
    method: "the same while another process moves it, a quarter of a second long",
    source: "CVE-2015-2925; races of path lookup and rename",
    act: "rename-out-race",
  }),
  movedByHost,
  swappedSource,
  accessTime,
];
