import { SandboxClosedError, type SandboxLimits } from "#sandbox";
import { trialOf } from "./acts.ts";
import { AttackCorpusError } from "./errors.ts";
import type { PlacedAct } from "./native-probe.ts";
import { type Probe, type ProbeContext, programInside, refused, skipped, type Trial } from "./probe.ts";

/** An act that takes more of something than is allowed. */
export interface Bomb extends Pick<Probe, "id" | "title" | "method" | "source"> {
  readonly limits: SandboxLimits;
  readonly act: PlacedAct;
  /** Where what the host itself allows may be less. Default: the act. */
  readonly controlAct?: PlacedAct;
  /** Only a control group can hold it: rlimits bound each process alone. */
  readonly needs?: "memory";
}

const timeoutMs = 30_000;
/** `cloison-attack` ended an act that did not end by itself; USAGE in native/attack.h. */
const killed = 64;

function wordsOf(act: PlacedAct, { stage }: ProbeContext, side: "inside" | "outside") {
  return typeof act === "function" ? act(stage[side]) : act;
}

async function explode(context: ProbeContext, { act, limits }: Bomb): Promise<Trial> {
  const words = wordsOf(act, context, "inside");
  return context.withSandbox(
    async (sandbox) => {
      try {
        const run = await sandbox.commands.run([programInside, ...words], { timeoutMs });
        if (run.oomKilled || run.exitCode === null || run.exitCode === killed)
          return refused(run.oomKilled ? "killed for want of memory" : run.stdout.trim());
        return trialOf(run.exitCode, run.stdout, words.join(" "));
      } catch (error) {
        if (error instanceof SandboxClosedError) return refused("the sandbox ended with it");
        throw error;
      }
    },
    { limits },
  );
}

/** The host still makes sandboxes, which work. */
export async function assertHostServes(context: ProbeContext): Promise<void> {
  const { exitCode } = await context.withSandbox((sandbox) => sandbox.commands.run(["true"]));
  if (exitCode !== 0) throw new AttackCorpusError("after the attack a new sandbox does not work");
}

/** A probe that explodes in a sandbox of its own, and looks at the host afterwards. */
export function bomb(row: Bomb): Probe {
  const { id, title, method, source, needs, act, controlAct = act } = row;
  return {
    ...{ id, title, method, source },
    area: "resources",
    async attack(context) {
      if (needs === "memory" && context.withoutCgroup !== undefined)
        return skipped(`no control group can hold it here: ${context.withoutCgroup}`);
      const trial = await explode(context, row);
      await assertHostServes(context);
      return trial;
    },
    control: (context) => context.outside(...wordsOf(controlAct, context, "outside")),
  };
}
