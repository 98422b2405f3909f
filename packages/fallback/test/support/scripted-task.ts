import { type Attempt, type ErrorReason, keyLabel } from "../../src/index.ts";
import { ProviderError } from "./provider-error.ts";

/** What one call comes to: an answer, an error's reason, or an error. */
export type Step = "ok" | ErrorReason | Error;

/** A task that fails and succeeds by a script, and notes who was asked. */
export interface ScriptedTask {
  (attempt: Attempt): Promise<string>;
  /** Whom it was called for, as `model` or `model …last4`. */
  readonly asked: readonly string[];
}

/** @param steps by call; after the last one all calls succeed */
export function scriptedTask(...steps: readonly Step[]): ScriptedTask {
  const asked: string[] = [];
  const task = async ({ model, key }: Attempt) => {
    const step = steps[asked.length] ?? "ok";
    asked.push(key === undefined ? model : `${model} ${keyLabel(key)}`);
    if (step === "ok") return `answer of ${model}`;
    throw step instanceof Error ? step : new ProviderError(step);
  };
  return Object.assign(task, { asked });
}
