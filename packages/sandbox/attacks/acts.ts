import { execFile } from "node:child_process";
import type { Sandbox } from "#sandbox";
import { AttackCorpusError } from "./errors.ts";
import { type Act, programInside, type Trial } from "./probe.ts";

/** Exit statuses of `cloison-attack`; native/attack.h. */
const outcomes = ["succeeded", "refused", "skipped"] as const;

export function trialOf(status: number | null, detail: string, act: string): Trial {
  const outcome = outcomes[status ?? outcomes.length];
  if (outcome === undefined)
    throw new AttackCorpusError(
      `the act ${act} broke down (status ${status}): ${detail.trim() || "no reason"}`,
    );
  return { outcome, detail: detail.trim() };
}

/** Reads what `cloison-attack batch` prints: one line an act, of its index, its status and its reason. */
function readBatch(text: string, acts: readonly Act[]): (() => Trial)[] {
  const lines = new Map(
    text
      .trimEnd()
      .split("\n")
      .map((line) => {
        const [index, status, detail = ""] = line.split("\t");
        return [Number(index), { status: Number(status), detail }] as const;
      }),
  );
  return acts.map((act, index) => () => {
    const line = lines.get(index);
    return trialOf(line?.status ?? null, line?.detail ?? "", act.join(" "));
  });
}

function batchWords(acts: readonly Act[]): string[] {
  return ["batch", ...acts.flatMap((act, index) => (index === 0 ? act : ["--", ...act]))];
}

/** Runs acts, each in its own process, one after the other; each result is got by a call, which may throw. */
export type RunActs = (acts: readonly Act[]) => Promise<(() => Trial)[]>;

/** By one command in a sandbox. */
export function actsInside(sandbox: () => Promise<Sandbox>): RunActs {
  return async (acts) => {
    const { commands } = await sandbox();
    const { stdout } = await commands.run([programInside, ...batchWords(acts)]);
    return readBatch(stdout, acts);
  };
}

/** By one process of the host; `prefix` is "userns" or nothing. */
export function actsOutside(program: string, cwd: string, prefix: readonly string[]): RunActs {
  return async (acts) => {
    const stdout = await new Promise<string>((resolve, reject) => {
      execFile(program, [...prefix, ...batchWords(acts)], { cwd, env: {} }, (error, out, err) => {
        if (error === null) resolve(out);
        else
          reject(
            new AttackCorpusError(`the controls could not run: ${err || error.message}`, { cause: error }),
          );
      });
    });
    return readBatch(stdout, acts);
  };
}

/** All acts that are asked for in one turn of the event loop run together. */
export function together(run: RunActs): (...act: Act) => Promise<Trial> {
  let waiting: { act: Act; settle: (results: Promise<() => Trial>) => void }[] = [];
  const flush = () => {
    const batch = waiting;
    waiting = [];
    const results = run(batch.map(({ act }) => act));
    for (const [index, { act, settle }] of batch.entries())
      settle(results.then((all) => all[index] ?? (() => trialOf(null, "", act.join(" ")))));
  };
  return (...act) =>
    new Promise<() => Trial>((resolve) => {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ act, settle: resolve });
    }).then((result) => result());
}
