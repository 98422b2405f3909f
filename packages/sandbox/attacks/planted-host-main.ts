/** A host of a sandbox that begins with something planted, as planted-host.ts starts it: node planted-host-main.js QUESTION */
import { createWeakenedSandbox, type Guard } from "#sandbox/weakened";
import { type Act, programInside } from "./probe.ts";

export interface PlantedQuestion {
  /** To be tried in the sandbox. */
  readonly act: Act;
  readonly program: string;
  readonly enforce: "required" | "best-effort";
  readonly off: readonly Guard[];
}

export interface PlantedAnswer {
  readonly status: number | null;
  readonly output: string;
}

async function ask({ act, program, enforce, off }: PlantedQuestion): Promise<PlantedAnswer> {
  const mounts = [{ source: program, target: programInside, access: "ro" }] as const;
  await using sandbox = await createWeakenedSandbox({ enforce, mounts }, off);
  const { exitCode, stdout } = await sandbox.commands.run([programInside, ...act]);
  return { status: exitCode, output: stdout };
}

console.log(JSON.stringify(await ask(JSON.parse(process.argv[2] ?? "") as PlantedQuestion)));
