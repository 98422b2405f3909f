import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { trialOf } from "../acts.ts";
import { type Probe, type ProbeContext, skipped, type Trial } from "../probe.ts";

/** Another id that nobody on the machine is likely to have. */
const otherId = 65532;

/** Makes a copy of the program that gives rights; or tells why there can be none. */
type Make = (context: ProbeContext) => Promise<{ readonly path: string } | Trial>;

function copyProgram({ directory, program }: ProbeContext): string {
  const path = join(mkdtempSync(join(directory, "rights-")), "program");
  copyFileSync(program, path);
  chmodSync(join(path, ".."), 0o755);
  return path;
}

const setUserId: Make = async (context) => {
  const path = copyProgram(context);
  chownSync(path, otherId, otherId);
  chmodSync(path, 0o6755);
  return { path };
};

const capable: Make = async (context) => {
  const path = copyProgram(context);
  chmodSync(path, 0o755);
  const given = await context.outside("give-capability", path);
  return given.outcome === "succeeded" ? { path } : skipped(`no capability for a file here: ${given.detail}`);
};

/** @param uid who runs the program in the control */
function rightsProbe(
  parts: Pick<Probe, "id" | "title" | "method" | "source">,
  make: Make,
  uid: number,
): Probe {
  const withProgram = async (context: ProbeContext, run: (path: string) => Promise<Trial>) => {
    if (context.as !== "root") return skipped("only root can make such a file");
    const made = await make(context);
    return "path" in made ? run(made.path) : made;
  };
  return {
    ...parts,
    area: "namespaces",
    attack: (context) =>
      withProgram(context, (path) => {
        const mounts = [{ source: path, target: "/opt/program", access: "ro" }] as const;
        return context.withSandbox(
          async ({ commands }) => {
            const { exitCode, stdout } = await commands.run(["/opt/program", "rights-of-file"]);
            return trialOf(exitCode, stdout, "rights-of-file");
          },
          { mounts },
        );
      }),
    control: (context) =>
      withProgram(context, async (path) => {
        const options = { uid, gid: uid, cwd: "/", env: {}, encoding: "utf8" } as const;
        const { status, stdout } = spawnSync(path, ["rights-of-file"], options);
        return trialOf(status, stdout, "rights-of-file");
      }),
  };
}

/** Programs that give their user more rights than he has, where nothing keeps them from it. */
export const setIdProgramProbes: readonly Probe[] = [
  rightsProbe(
    {
      id: "run-set-user-id",
      title: "a set-user-id program that is there",
      method: "run a program whose file is somebody else's and has the set-user-id bit",
      source: "execve(2), PR_SET_NO_NEW_PRIVS(2const)",
    },
    setUserId,
    0,
  ),
  rightsProbe(
    {
      id: "run-capable",
      title: "a program with capabilities that is there",
      method: "run a program whose file has CAP_NET_RAW",
      source: "capabilities(7) on file capabilities",
    },
    capable,
    otherId,
  ),
];
