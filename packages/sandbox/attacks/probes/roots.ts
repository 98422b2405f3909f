import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { SandboxError, type SandboxOptions } from "#sandbox";
import { trialOf } from "../acts.ts";
import {
  type Act,
  type Probe,
  type ProbeContext,
  programInside,
  refused,
  succeeded,
  type Trial,
} from "../probe.ts";

const area = "files";
/** Directories of a root that the launcher makes, mounts on or writes into. */
const names = ["etc", "tmp", "home", "dev", "proc", "opt", "srv", "var"];

/** A root that somebody else has packed: its directories are links to one of the host's, which holds a secret. */
function makeHostileRoot({ directory }: ProbeContext) {
  const base = mkdtempSync(join(directory, "root-"));
  const root = join(base, "root");
  const aim = join(base, "aim");
  mkdirSync(join(root, "usr/bin"), { recursive: true });
  mkdirSync(aim);
  writeFileSync(join(aim, "secret"), "of the host alone\n");
  for (const name of names) symlinkSync(aim, join(root, name));
  return { root, aim };
}

async function inside(context: ProbeContext, act: Act, options: SandboxOptions): Promise<Trial> {
  try {
    return await context.withSandbox(async (sandbox) => {
      const { exitCode, stdout } = await sandbox.commands.run([programInside, ...act]);
      return trialOf(exitCode, stdout, act.join(" "));
    }, options);
  } catch (error) {
    if (error instanceof SandboxError) return refused(error.message);
    throw error;
  }
}

function rootProbe(id: string, title: string, options: SandboxOptions): Probe {
  return {
    id,
    area,
    title,
    method: `a root whose ${names.join(", ")} are links to a directory of the host, to be written to or shown`,
    source: "CVE-2019-14271, CVE-2021-30465: images that lead the container's maker astray",
    async attack(context) {
      const { root, aim } = makeHostileRoot(context);
      const paths = names.map((name) => `/${name}/secret`);
      const trial = await inside(context, ["any-content", ...paths, aim], { rootfs: root, ...options });
      const left = readdirSync(aim);
      return left.length > 1 ? succeeded(`made on the host: ${left.join(", ")}`) : trial;
    },
    async control(context) {
      const { root, aim } = makeHostileRoot(context);
      mkdirSync(join(root, "home/agent"));
      const left = readdirSync(aim);
      return left.includes("agent")
        ? succeeded("a directory made by name lies on the host")
        : refused("it does not");
    },
  };
}

/** An overlay's directory of work has no mode at all: its own owner could not look into it to remove it. */
function letRemove(layer: string): void {
  const works = readdirSync(layer).map((name) => join(layer, name, "work/work"));
  for (const work of works) if (existsSync(work)) chmodSync(work, 0o700);
}

/** What one sandbox has left in a layer that is kept, for the next one to fall over. */
const keptLayer: Probe = {
  id: "kept-layer",
  area,
  title: "a layer that an earlier sandbox has prepared",
  method:
    "move /home, /opt and /var aside, leave links to a directory of the host, and come back in a new sandbox",
  source: "CVE-2021-30465: what was checked is changed before it is mounted on",
  async attack(context) {
    const { root, aim } = makeHostileRoot(context);
    rmSync(root, { recursive: true });
    mkdirSync(root, { mode: 0o700 });
    const writableSystem = { directory: root };
    const moves = ["home", "opt", "var"].map((name) => `mv /${name} /${name}-aside; ln -s ${aim} /${name}`);
    await context.withSandbox((sandbox) => sandbox.commands.run(moves.join("; ")), { writableSystem });
    const act: Act = ["any-content", ...["home", "opt", "var"].map((name) => `/${name}/secret`)];
    const trial = await inside(context, act, { writableSystem });
    letRemove(root);
    const left = readdirSync(aim);
    return left.length > 1 ? succeeded(`made on the host: ${left.join(", ")}`) : trial;
  },
  async control(context) {
    const { root, aim } = makeHostileRoot(context);
    rmSync(join(root, "home"));
    symlinkSync(aim, join(root, "home"));
    return readFileSync(join(root, "home/secret"), "utf8") === "of the host alone\n"
      ? succeeded("such a link leads there outside")
      : refused("it does not");
  },
};

/** Roots and layers that hold what an attacker has put there. */
export const rootProbes: readonly Probe[] = [
  rootProbe("root-links", "a root of links", {}),
  rootProbe("root-links-writable", "a root of links, with a layer to write to", { writableSystem: true }),
  keptLayer,
];
