export { createFallback } from "./chain/fallback.ts";
export { systemClock } from "./chain/system-clock.ts";
export type {
  Attempt,
  AttemptRecord,
  Candidate,
  ChainEvent,
  Classifier,
  Clock,
  CooldownOptions,
  Fallback,
  FallbackOptions,
  FallbackResult,
  FallbackRunOptions,
  Overflow,
  OverflowAnswer,
} from "./chain/types.ts";
export { type ClassifyOptions, classifyError } from "./classify/classify-error.ts";
export { errorInputOf } from "./classify/error-input.ts";
export { requireOk } from "./classify/require-ok.ts";
export type { Classification, ErrorInput, ErrorReason, ErrorScope } from "./classify/types.ts";
export { type ContextWindows, contextWindowOf } from "./context/context-window.ts";
export { estimateRequestTokens, estimateTokens } from "./context/estimate-tokens.ts";
export { guardContext } from "./context/guard-context.ts";
export type {
  ContextGuardOptions,
  ContextRequest,
  ContextVerdict,
  LastUsage,
  RequestParts,
} from "./context/types.ts";
export { type FileCooldownStoreOptions, fileCooldownStore } from "./cooldown/file-store.ts";
export { memoryCooldownStore } from "./cooldown/memory-store.ts";
export type { Cooldown, CooldownStore } from "./cooldown/types.ts";
export {
  ChainDeadlineError,
  ChainError,
  ChainExhaustedError,
  ChainStoppedError,
  ContextOverflowError,
  CooldownStoreError,
  FallbackError,
  type FallbackErrorCode,
  FallbackOptionsError,
  HttpStatusError,
  NoKeyError,
} from "./errors.ts";
export { type EnvKeysOptions, keysFromEnv, keyVariable } from "./keys/env-keys.ts";
export { createKeyRing } from "./keys/key-ring.ts";
export { isKey, keyId, keyLabel } from "./keys/key-text.ts";
export { createKeyUses, type KeyUsesOptions } from "./keys/key-uses.ts";
export type {
  Environment,
  KeyRecord,
  KeyRing,
  KeyRingOptions,
  KeySource,
  KeyUses,
} from "./keys/types.ts";
