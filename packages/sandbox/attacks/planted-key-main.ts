/** A host of a sandbox that has a key in its session, which probes/keys.ts starts: node planted-key-main.js QUESTION */
import { createWeakenedSandbox, type Guard } from "#sandbox/weakened";
import { programInside } from "./probe.ts";

export interface PlantedKeyQuestion {
  readonly key: string;
  readonly program: string;
  readonly enforce: "required" | "best-effort";
  readonly off: readonly Guard[];
}

export interface PlantedKeyAnswer {
  readonly status: number | null;
  readonly output: string;
}

async function ask({ key, program, enforce, off }: PlantedKeyQuestion): Promise<PlantedKeyAnswer> {
  const mounts = [{ source: program, target: programInside, access: "ro" }] as const;
  await using sandbox = await createWeakenedSandbox({ enforce, mounts }, off);
  const { exitCode, stdout } = await sandbox.commands.run([programInside, "read-key", key]);
  return { status: exitCode, output: stdout };
}

console.log(JSON.stringify(await ask(JSON.parse(process.argv[2] ?? "") as PlantedKeyQuestion)));
