import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { SandboxClosedError } from "#sandbox";
import { trialOf } from "../acts.ts";
import { type Act, type Probe, type ProbeContext, programInside, refused, type Trial } from "../probe.ts";

const diskMb = 16;
/** Of 4 MB each: three times what is allowed. */
const pieces = "12";
/** A watchdog is late; this late it must not be. */
const staySeconds = "6";

async function run(context: ProbeContext, act: (directory: string) => Act, limit?: number): Promise<Trial> {
  const source = mkdtempSync(join(context.directory, "disk-"));
  const words = act("/workspace");
  return context.withSandbox(
    async (sandbox) => {
      try {
        const { exitCode, stdout } = await sandbox.commands.run([programInside, ...words]);
        if (exitCode !== null) return trialOf(exitCode, stdout, words.join(" "));
      } catch (error) {
        if (!(error instanceof SandboxClosedError)) throw error;
      }
      return refused(`the sandbox was ended: ${(await sandbox.closed).reason}`);
    },
    {
      mounts: [{ source, target: "/workspace", access: "rw" }],
      ...(limit !== undefined && { limits: { diskMb: limit } }),
    },
  );
}

interface DiskProbe extends Pick<Probe, "id" | "title" | "method"> {
  readonly act: (directory: string, seconds: string) => Act;
}

function diskProbe({ act, ...row }: DiskProbe): Probe {
  return {
    ...row,
    area: "resources",
    source: "CWE-400: disk space is the whole machine's; quotactl(2)",
    attack: (context) => run(context, (directory) => act(directory, staySeconds), diskMb),
    control: (context) => run(context, (directory) => act(directory, "0")),
  };
}

/** More of the disk than limits.diskMb allows. */
export const diskProbes: readonly Probe[] = [
  diskProbe({
    id: "disk-fill",
    title: "a workspace filled",
    method: `write 48 MB in 12 files where ${diskMb} MB are allowed`,
    act: (directory, seconds) => ["fill-disk", directory, pieces, "named", seconds],
  }),
  diskProbe({
    id: "disk-fill-nameless",
    title: "a workspace filled with files that have no name",
    method: "the same in files that were removed and are open still, which no look at the directory finds",
    act: (directory, seconds) => ["fill-disk", directory, pieces, "nameless", seconds],
  }),
  diskProbe({
    id: "disk-one-file",
    title: "one large file",
    method: `write 48 MB to one file where ${diskMb} MB are allowed`,
    act: (directory) => ["fill", directory, "48"],
  }),
];
