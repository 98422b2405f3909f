export {
  type CompactionOptions,
  type CompactionOutcome,
  compactSession,
  type SummaryRequest,
} from "./compaction/compact.ts";
export { summarySystemPrompt } from "./compaction/summary-prompt.ts";
export type { ConversationPart } from "./context/conversation.ts";
export { roughTokens, type TokenEstimate } from "./context/token-estimate.ts";
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
export { type FilesDriverOptions, filesDriver } from "./files/files-driver.ts";
export { findLockedSession } from "./files/session-lock.ts";
export type { OpenRun, SessionInfo } from "./info.ts";
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
export { answerOrphans, type Compaction, type Session, type UsedModel } from "./session.ts";
export {
  createSessionStore,
  type OpenOptions,
  type SessionStore,
  type SessionStoreOptions,
} from "./store.ts";
