import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Guard } from "#sandbox/weakened";
import { trialOf } from "./acts.ts";
import { AttackCorpusError } from "./errors.ts";
import type { PlantedAnswer, PlantedQuestion } from "./planted-host-main.ts";
import type { Act, ProbeContext, Trial } from "./probe.ts";

/** What `cloison-attack` gives a program to begin with, in its own words. */
export type Plant = readonly ["with-key", name: string] | readonly ["with-terminal"];

/** Runs a program that has it; resolves to its exit status and what it prints. */
function withPlant(context: ProbeContext, plant: Plant, command: readonly string[]) {
  return new Promise<{ status: number; output: string }>((resolve, reject) => {
    execFile(context.program, [...plant, ...command], { env: {}, cwd: "/" }, (error, stdout, stderr) => {
      if (error === null) resolve({ status: 0, output: stdout });
      else if (typeof error.code === "number") resolve({ status: error.code, output: stdout || stderr });
      else reject(new AttackCorpusError(`nothing could be planted: ${error.message}`, { cause: error }));
    });
  });
}

/** The act in a sandbox whose host began with what is planted. */
export async function actOfPlantedHost(
  context: ProbeContext,
  plant: Plant,
  { act, off = [] }: { readonly act: Act; readonly off?: readonly Guard[] },
): Promise<Trial> {
  const question: PlantedQuestion = { act, program: context.program, enforce: context.enforce, off };
  const main = fileURLToPath(new URL("planted-host-main.js", import.meta.url));
  const { status, output } = await withPlant(context, plant, [
    process.execPath,
    main,
    JSON.stringify(question),
  ]);
  if (status !== 0) return trialOf(status, output, plant[0]);
  const answer = JSON.parse(output) as PlantedAnswer;
  return trialOf(answer.status, answer.output, act[0]);
}

/** The act on the host, by who has what is planted. */
export async function actWithPlant(context: ProbeContext, plant: Plant, act: Act): Promise<Trial> {
  const { status, output } = await withPlant(context, plant, [context.program, ...act]);
  return trialOf(status, output, act[0]);
}
