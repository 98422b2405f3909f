import type { AttemptRecord, ErrorReason } from "@cloison/fallback";
import type { RunUsage } from "../run/usage.ts";
import { PlatformError } from "./platform-error.ts";

/** No provider of that name is built in, and no `baseUrl` says where it is. */
export class UnknownProviderError extends PlatformError {
  readonly code = "UNKNOWN_PROVIDER";
  readonly provider: string;

  constructor(provider: string, known: readonly string[]) {
    super(
      `unknown provider "${provider}"; give a baseUrl (OpenAI chat-completions are then spoken there) ` +
        `or one of: ${known.join(", ")}`,
    );
    this.provider = provider;
  }
}

/** The built-in catalogue of this provider does not hold that model. */
export class UnknownModelError extends PlatformError {
  readonly code = "UNKNOWN_MODEL";
  readonly provider: string;
  readonly model: string;

  constructor(provider: string, model: string, known: readonly string[]) {
    super(
      `provider "${provider}" has no model "${model}" in the catalogue; give a baseUrl to use it all the same, ` +
        `or one of: ${known.join(", ")}`,
    );
    this.provider = provider;
    this.model = model;
  }
}

/** The run was given images, and none of its models takes any. The model was not called. */
export class ImagesNotSupportedError extends PlatformError {
  readonly code = "IMAGES_NOT_SUPPORTED";
  /** `provider/model`, the run's own first. */
  readonly models: readonly string[];

  constructor(models: readonly string[]) {
    super(
      `${models.join(", ")}: ${models.length === 1 ? "this model takes" : "these models take"} no images; ` +
        "choose a model that does, give one in fallbacks, or say in words what the images show",
    );
    this.models = models;
  }
}

/** No key was given for this provider. `variable` is the environment variable that would have been taken. */
export class MissingApiKeyError extends PlatformError {
  readonly code = "MISSING_API_KEY";
  readonly provider: string;
  readonly variable: string;

  constructor(provider: string, variable: string) {
    super(
      `no API key for provider "${provider}": set ${variable} in the host's environment or pass ` +
        `apiKeys: { "${provider}": … } (any text for a server that takes no key)`,
    );
    this.provider = provider;
    this.variable = variable;
  }
}

/** What a model call that failed leaves behind. */
interface CallFailure {
  readonly provider: string;
  readonly model: string;
  /** All attempts, in order; of the whole run where a run failed, each with its turn. */
  readonly attempts: readonly AttemptRecord[];
  /** What these spent all the same, where providers told it. */
  readonly usage: RunUsage;
}

/** Which call failed, and what is known of its last attempt. */
export interface ModelCallFailure extends CallFailure {
  readonly reason: ErrorReason;
  /** HTTP status of the answer, where one came. */
  readonly status?: number | undefined;
  /** Milliseconds after which to ask again: as the provider asked, or until the first of all is free again. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/**
 * No model answered: each was refused, unreachable, cut off, or answered with something that is no answer.
 * Provider, model, reason and status are the last attempt's.
 */
export class ModelCallError extends PlatformError {
  readonly code = "MODEL_CALL_FAILED";
  readonly provider: string;
  readonly model: string;
  readonly reason: ErrorReason;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly attempts: readonly AttemptRecord[];
  readonly usage: RunUsage;

  constructor(message: string, failure: ModelCallFailure) {
    super(message, failure.cause);
    this.provider = failure.provider;
    this.model = failure.model;
    this.reason = failure.reason;
    this.status = failure.status;
    this.retryAfterMs = failure.retryAfterMs;
    this.attempts = failure.attempts;
    this.usage = failure.usage;
  }

  /** The same with what the whole run has tried and spent. */
  ofRun(attempts: readonly AttemptRecord[], usage: RunUsage): ModelCallError {
    return new ModelCallError(this.message, { ...this, attempts, usage, cause: this.cause });
  }
}

/** The last model that was asked answered with neither text nor a tool call. An empty answer is never success. */
export class EmptyAnswerError extends PlatformError {
  readonly code = "EMPTY_ANSWER";
  readonly provider: string;
  readonly model: string;
  readonly stopReason: string;
  readonly attempts: readonly AttemptRecord[];
  readonly usage: RunUsage;

  constructor({
    provider,
    model,
    stopReason,
    attempts,
    usage,
  }: CallFailure & { readonly stopReason: string }) {
    const hint =
      stopReason === "length"
        ? "it spent all of its output tokens before the answer"
        : "ask again or choose another model";
    super(`${provider}/${model} gave an empty answer (stopped by "${stopReason}"): ${hint}`);
    this.provider = provider;
    this.model = model;
    this.stopReason = stopReason;
    this.attempts = attempts;
    this.usage = usage;
  }

  /** The same with what the whole run has tried and spent. */
  ofRun(attempts: readonly AttemptRecord[], usage: RunUsage): EmptyAnswerError {
    return new EmptyAnswerError({ ...this, attempts, usage });
  }
}
