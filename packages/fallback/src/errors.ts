import type { AttemptRecord } from "./chain/types.ts";
import type { Classification } from "./classify/types.ts";

/** Every `code` that an error of this package can carry. */
export type FallbackErrorCode =
  | "FALLBACK_OPTIONS"
  | "FALLBACK_NO_KEY"
  | "FALLBACK_EXHAUSTED"
  | "FALLBACK_DEADLINE"
  | "FALLBACK_STOPPED"
  | "FALLBACK_CONTEXT_OVERFLOW"
  | "FALLBACK_STORE"
  | "FALLBACK_HTTP";

/** Base of every error that this package throws. No message, cause or property of ours ever holds a key. */
export abstract class FallbackError extends Error {
  abstract readonly code: FallbackErrorCode;

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
  }
}

/** An option is wrong, or not known. */
export class FallbackOptionsError extends FallbackError {
  readonly code = "FALLBACK_OPTIONS";
  readonly option: string;

  constructor(option: string, message: string, cause?: unknown) {
    super(message, cause);
    this.option = option;
  }
}

/** What every error of a chain that gave up carries. `cause` is what the last attempt failed with. */
interface ChainFailure {
  readonly attempts: readonly AttemptRecord[];
  /** Of the last failure; undefined where nothing was tried. */
  readonly classification?: Classification | undefined;
  readonly cause?: unknown;
}

interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** A chain gave up. */
export abstract class ChainError extends FallbackError {
  readonly attempts: readonly AttemptRecord[];
  readonly classification: Classification | undefined;

  constructor(message: string, { attempts, classification, cause }: ChainFailure) {
    super(message, cause);
    this.attempts = attempts;
    this.classification = classification;
  }
}

/** No candidate has a key. */
export class NoKeyError extends ChainError {
  readonly code = "FALLBACK_NO_KEY";
}

/** Every candidate was tried, or cools down for longer than the deadline allows to wait. */
export class ChainExhaustedError extends ChainError {
  readonly code = "FALLBACK_EXHAUSTED";
  /** Milliseconds after which the first candidate is free again, where one cools down. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, failure: ChainFailure & { readonly retryAfterMs?: number | undefined }) {
    super(message, failure);
    this.retryAfterMs = failure.retryAfterMs;
  }
}

/** The deadline passed before a candidate succeeded. */
export class ChainDeadlineError extends ChainError {
  readonly code = "FALLBACK_DEADLINE";
}

/** The request itself is at fault, or the error is none of a provider's: no other candidate was asked. */
export class ChainStoppedError extends ChainError {
  readonly code = "FALLBACK_STOPPED";
}

/** The request is too long for every candidate, and nobody made it shorter. */
export class ContextOverflowError extends ChainError {
  readonly code = "FALLBACK_CONTEXT_OVERFLOW";
}

/** The state of the cooldowns cannot be read or written. An unreadable file is never overwritten. */
export class CooldownStoreError extends FallbackError {
  readonly code = "FALLBACK_STORE";
  readonly path: string;

  constructor(path: string, message: string, cause?: unknown) {
    super(message, cause);
    this.path = path;
  }
}

/** A server answered with another status than 2xx; see `requireOk`. */
export class HttpStatusError extends FallbackError {
  readonly code = "FALLBACK_HTTP";
  readonly status: number;
  readonly headers: Headers;
  /** At most the first 64 KiB. What it says is the server's: it is in no message of ours. */
  readonly body: string;

  constructor({ status, headers, body }: HttpAnswer) {
    super(`the server answered with status ${status}; what it says is in body`);
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}
