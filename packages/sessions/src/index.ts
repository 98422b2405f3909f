export {
  type CompactionOptions,
  type CompactionOutcome,
  compactSession,
  type SummaryRequest,
} from "./compaction/compact.ts";
export { summarySystemPrompt } from "./compaction/summary-prompt.ts";
export { conversationText } from "./compaction/summary-text.ts";
export { unfinishedResult } from "./context/answer-parts.ts";
export { type ContextTokens, contextTokens } from "./context/context-tokens.ts";
export { type PruneOptions, type PruneOutcome, pruneToolResults } from "./context/prune.ts";
export { headAndTail } from "./context/shortened.ts";
export { roughTokens, type TokenEstimate } from "./context/token-estimate.ts";
export type { ConversationPart, VisibleEntry } from "./context/visible-message.ts";
export type {
  DriverOpenOptions,
  DriverPage,
  DriverQuery,
  Repair,
  SessionDriver,
  SessionLog,
  SessionSort,
  StoredLine,
} from "./driver.ts";
export type {
  BranchSummaryEntry,
  CompactionEntry,
  CustomEntry,
  CustomMessageEntry,
  EntryBase,
  LabelEntry,
  MessageEntry,
  ModelChangeEntry,
  NewEntry,
  OtherEntry,
  SessionEntry,
  SessionHeader,
  SessionInfoEntry,
} from "./entries.ts";
export {
  InvalidSessionIdError,
  SessionBusyError,
  SessionClosedError,
  SessionEntryError,
  SessionError,
  type SessionErrorCode,
  SessionExistsError,
  SessionLockLostError,
  SessionNotFoundError,
  SessionOptionsError,
  SessionStoreError,
  TranscriptCorruptError,
  TranscriptWriteError,
} from "./errors.ts";
export type { ExportFormat, ExportOptions } from "./export/export-session.ts";
export { type FilesDriverOptions, filesDriver } from "./files/files-driver.ts";
export {
  currentOwner,
  formatOwner,
  type OwnerState,
  ownerState,
  type ProcessOwner,
  parseOwner,
} from "./files/process-owner.ts";
export { findLockedSession } from "./files/session-lock.ts";
export type { ForkOptions } from "./fork.ts";
export { idRefusal } from "./ids.ts";
export { type OpenRun, RUN_START, type SessionInfo } from "./info.ts";
export type { ListOptions } from "./list/list-options.ts";
export { memoryDriver } from "./memory/memory-driver.ts";
export type {
  AssistantMessage,
  ImageContent,
  JsonObject,
  JsonValue,
  Message,
  StopReason,
  SystemMessage,
  TextContent,
  ThinkingContent,
  ToolCall,
  ToolResultMessage,
  Usage,
  UserMessage,
} from "./messages.ts";
export { answerOrphans, type Compaction, type MoveOptions, type Session, type UsedModel } from "./session.ts";
export {
  createSessionStore,
  type LabelOptions,
  type SessionOpenOptions,
  type SessionStore,
} from "./store.ts";
export type { OpenOptions, SessionStoreOptions } from "./store-options.ts";
