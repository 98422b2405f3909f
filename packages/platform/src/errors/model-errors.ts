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

/** Which call failed, and what is known of it beyond the provider's words. */
export interface ModelCallFailure {
  readonly provider: string;
  readonly model: string;
  /** HTTP status of the answer, where one came. */
  readonly status?: number | undefined;
  /** Milliseconds that the provider asked to wait (`retry-after`), where it did. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** The model call failed: refused, unreachable, cut off, or answered with something that is no answer. */
export class ModelCallError extends PlatformError {
  readonly code = "MODEL_CALL_FAILED";
  readonly provider: string;
  readonly model: string;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(reason: string, failure: ModelCallFailure) {
    super(`${failure.provider}/${failure.model} failed: ${reason}`, failure.cause);
    this.provider = failure.provider;
    this.model = failure.model;
    this.status = failure.status;
    this.retryAfterMs = failure.retryAfterMs;
  }
}

/** The model answered with neither text nor a tool call. An empty answer is never success. */
export class EmptyAnswerError extends PlatformError {
  readonly code = "EMPTY_ANSWER";
  readonly provider: string;
  readonly model: string;

  constructor(provider: string, model: string, stopReason: string) {
    const hint =
      stopReason === "length"
        ? "it spent all of its output tokens before the answer"
        : "ask again or choose another model";
    super(`${provider}/${model} gave an empty answer (stopped by "${stopReason}"): ${hint}`);
    this.provider = provider;
    this.model = model;
  }
}
