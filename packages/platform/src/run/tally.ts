import type { AttemptRecord, ChainEvent } from "@cloison/fallback";
import type { Spent } from "../broker/model-call.ts";
import { addUsage, noUsage, type RunUsage } from "./usage.ts";

/**
 * One attempt to get an answer from a model, failed or not. Its `number` counts from 1 in each model
 * call; the one for the summary of a conversation that is too long is a call of its own, within the same turn.
 */
export interface RunAttempt extends AttemptRecord {
  /** The turn that it was made for; counts from 1 in a run. */
  readonly turn: number;
}

/** What one model has cost with one key. */
export interface UsageShare {
  readonly provider: string;
  readonly model: string;
  /** `…last4` */
  readonly key: string;
  readonly usage: RunUsage;
  /** Attempts that have spent tokens. */
  readonly calls: number;
}

/** Counts what a run spends, failed attempts included. */
export class Tally {
  readonly #shares = new Map<string, UsageShare>();
  readonly #attempts: RunAttempt[] = [];
  #usage = noUsage;

  spend({ provider, model, key, usage }: Spent): void {
    const id = JSON.stringify([provider, model, key]);
    const share = this.#shares.get(id) ?? { provider, model, key, usage: noUsage, calls: 0 };
    this.#shares.set(id, { ...share, usage: addUsage(share.usage, usage), calls: share.calls + 1 });
    this.#usage = addUsage(this.#usage, usage);
  }

  /** Keeps what is told of attempts, and of nothing else. */
  note(turn: number, event: ChainEvent): void {
    if (event.type !== "success" && event.type !== "failure") return;
    const { number, provider, model, startedAt, durationMs, outcome } = event;
    const { key, matched, status, retryAfterMs, message, probe } = event;
    const known = { key, matched, status, retryAfterMs, message, probe };
    const given = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
    this.#attempts.push({ turn, number, provider, model, startedAt, durationMs, outcome, ...given });
  }

  get usage(): RunUsage {
    return this.#usage;
  }

  /** In the order in which they were first called. */
  get usageBy(): readonly UsageShare[] {
    return [...this.#shares.values()];
  }

  get attempts(): readonly RunAttempt[] {
    return [...this.#attempts];
  }
}
