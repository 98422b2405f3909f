import { classifyError } from "../classify/classify-error.ts";
import { errorInputOf } from "../classify/error-input.ts";
import { release } from "../cooldown/gate.ts";
import { askFirstFree, noteSuccess } from "./ask.ts";
import { carriedClassification, type Task } from "./attempt.ts";
import { deadlineError, nobodyLeftError } from "./chain-errors.ts";
import type { EndCause } from "./ending.ts";
import { goOn } from "./go-on.ts";
import { about } from "./journal.ts";
import { type PlannedCandidate, planCandidate, type Target } from "./plan.ts";
import { createRun, type Run } from "./run.ts";
import { checkTask, readRunOptions } from "./run-options.ts";
import { type ChainSettings, readSettings } from "./settings.ts";
import type { Fallback, FallbackOptions, FallbackResult, FallbackRunOptions } from "./types.ts";

/**
 * Makes a chain of models: what one of them, or one of its keys, cannot answer now, another does.
 * Its runs share their cooldowns, and so do all chains that are given the same store.
 *
 * @throws FallbackOptionsError
 */
export function createFallback(options: FallbackOptions): Fallback {
  const settings = readSettings(options, (error, { provider }) => {
    const now = settings.clock.now();
    return carriedClassification(error) ?? classifyError({ provider, ...errorInputOf(error) }, { now });
  });
  const planned = settings.candidates.map(planCandidate);
  return { run: (task, options = {}) => startRun(settings, planned, { task, options }) };
}

interface Started<T> {
  readonly task: Task<T>;
  readonly options: FallbackRunOptions;
}

/**
 * The promise is settled by whatever comes first: the chain's own end, the signal or the deadline. What
 * still goes on after that is not waited for, and what comes of it is ignored.
 */
function startRun<T>(
  settings: ChainSettings,
  planned: readonly PlannedCandidate[],
  { task, options: given }: Started<T>,
): Promise<FallbackResult<T>> {
  return new Promise((resolve, reject) => {
    checkTask(task);
    const options = readRunOptions(given);
    options.signal?.throwIfAborted();
    let answer: FallbackResult<T> | undefined;
    const onEnd = (cause: EndCause) => {
      if (answer !== undefined && cause === "deadline") resolve(answer);
      else reject(endFromOutside(run, cause));
    };
    const run = createRun(settings, planned, { options, onEnd });
    const noteAnswer = (result: FallbackResult<T>) => {
      answer = result;
    };
    runChain(run, task, noteAnswer).then(
      (result) => {
        run.ending.close();
        resolve(result);
      },
      (error: unknown) => {
        run.ending.close();
        reject(error);
        giveUp(run, codeOf(error));
      },
    );
  });
}

async function runChain<T>(
  run: Run,
  task: Task<T>,
  onAnswer: (result: FallbackResult<T>) => void,
): Promise<FallbackResult<T>> {
  let again: Target | undefined;
  for (;;) {
    if (run.journal.begun >= run.settings.maxAttempts) throw await nobodyLeftError(run);
    const asked = await askFirstFree(run, task, again);
    if (asked.kind === "answer") {
      const result = resultOf(run, asked.value, asked.target);
      onAnswer(result);
      // An answer is not lost because a store fails: the next look at it will tell. Waited for, since that
      // look may come soon.
      await noteSuccess(run, asked).catch(() => undefined);
      return result;
    }
    again = undefined;
    if (asked.kind === "failure") again = await goOn(run, asked);
    else await waitFor(run, asked.target, asked.opensAt);
  }
}

function resultOf<T>(run: Run, value: T, { slot, keyLabel }: Target): FallbackResult<T> {
  return { value, candidate: slot.candidate, key: keyLabel, attempts: run.journal.records };
}

/** @throws NoKeyError, ContextOverflowError or ChainExhaustedError where waiting leads nowhere */
async function waitFor(run: Run, target: Target | undefined, opensAt: number): Promise<void> {
  if (target === undefined || opensAt >= run.ending.deadlineAt) throw await nobodyLeftError(run);
  const delayMs = Math.max(0, opensAt - run.settings.clock.now());
  run.journal.tell({ type: "wait", ...about(target), delayMs });
  await run.ending.sleep(delayMs);
}

/** @returns what the run is to be rejected with */
function endFromOutside(run: Run, cause: EndCause): unknown {
  const { current, journal, options, settings } = run;
  const error = cause === "abort" ? options.signal?.reason : undefined;
  const matched = cause === "abort" ? "chain/abort" : "chain/deadline";
  const reason = cause === "abort" ? "none" : "timeout";
  journal.fail(undefined, { reason, retryable: false, scope: "request", confidence: 1, matched });
  const ended = cause === "abort" ? error : deadlineError(run);
  giveUp(run, cause === "abort" ? "ABORTED" : codeOf(ended));
  if (current !== undefined) {
    current.abort.abort(ended);
    // Not waited for. Where it fails, the look counts as under way for a minute.
    void release(settings.store, current.admitted).catch(() => undefined);
  }
  return ended;
}

function giveUp({ journal }: Run, code: string): void {
  journal.tell({ type: "give_up", code, attempts: journal.begun });
  journal.close();
}

/** What the caller's own functions throw has no code of ours, and may not even let itself be looked at. */
function codeOf(error: unknown): string {
  try {
    const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
    return typeof code === "string" ? code : "TASK";
  } catch {
    return "TASK";
  }
}
