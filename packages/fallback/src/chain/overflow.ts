import { FallbackOptionsError } from "../errors.ts";
import { overflowError } from "./chain-errors.ts";
import { about } from "./journal.ts";
import type { Target } from "./plan.ts";
import type { Failure, Run } from "./run.ts";
import type { OverflowAnswer } from "./types.ts";

/** How often the request may come back shorter. */
const MAX_RETRIES = 3;

const ANSWERS: readonly unknown[] = ["retry", "larger", "stop"] satisfies OverflowAnswer[];

/**
 * The request is too long: asks the caller what to do.
 *
 * @returns the same target where the request is shorter now; undefined: a larger one
 * @throws ContextOverflowError; what the caller's function throws
 */
export async function answerOverflow(run: Run, failure: Failure): Promise<Target | undefined> {
  const { target } = failure;
  const answer = await askCaller(run, failure);
  run.ending.check();
  run.journal.tell({ type: "context_overflow", ...about(target), answer });
  if (answer === "stop") throw overflowError(run);
  if (answer === "retry") {
    run.retriedOverflows += 1;
    return target;
  }
  closeTooSmall(run, target);
  run.left = target;
  return undefined;
}

async function askCaller(run: Run, { target, error }: Failure): Promise<OverflowAnswer> {
  const { onContextOverflow } = run.options;
  if (onContextOverflow === undefined || run.retriedOverflows >= MAX_RETRIES) return "larger";
  run.askedOverflows += 1;
  const count = run.askedOverflows;
  const answer = await onContextOverflow({ candidate: target.slot.candidate, error, count });
  if (ANSWERS.includes(answer)) return answer;
  throw new FallbackOptionsError(
    "onContextOverflow",
    `onContextOverflow must answer with one of ${ANSWERS.join(", ")}`,
  );
}

/** Closes what is known not to be larger; a window that is not known may be. */
function closeTooSmall(run: Run, target: Target): void {
  // What was told before the run is not so any more once the request was made shorter.
  const requestTokens = run.retriedOverflows > 0 ? 0 : (run.options.requestTokens ?? 0);
  const tooSmall = Math.max(target.slot.candidate.contextWindow ?? 0, requestTokens);
  for (const slot of run.slots) {
    const { contextWindow = Number.POSITIVE_INFINITY } = slot.candidate;
    slot.closed ||= contextWindow <= tooSmall;
  }
  target.slot.closed = true;
}
