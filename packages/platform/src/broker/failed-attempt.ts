import type { Classification } from "@cloison/fallback";
import type { RunUsage } from "../run/usage.ts";

/** How an attempt failed. Nothing in it holds the key. */
export interface AttemptFailure {
  /** The provider's own words, or ours. */
  readonly words: string;
  readonly classification: Classification;
  readonly status?: number | undefined;
  /** What it spent all the same, where the provider told it. */
  readonly usage?: RunUsage | undefined;
  /** The answer was empty, and this is why it stopped. */
  readonly emptyStop?: string | undefined;
  /** What the network said. */
  readonly cause?: unknown;
}

/** One attempt failed. The broker makes another of it, or an error that leaves it. */
export class FailedAttempt extends Error {
  override readonly name = "FailedAttempt";
  /** The chain goes by this. */
  readonly classification: Classification;
  readonly status: number | undefined;
  readonly usage: RunUsage | undefined;
  readonly emptyStop: string | undefined;

  constructor({ words, classification, status, usage, emptyStop, cause }: AttemptFailure) {
    super(words, cause === undefined ? undefined : { cause });
    this.classification = classification;
    this.status = status;
    this.usage = usage;
    this.emptyStop = emptyStop;
  }
}
