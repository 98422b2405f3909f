export { checkConversation } from "./check-conversation.ts";
export { ModelServerError, type ModelServerErrorCode } from "./errors.ts";
export type { ModelServerOptions } from "./options.ts";
export type { ConversationProblem } from "./protocol.ts";
export type {
  AnswerFunction,
  ModelFault,
  ModelReply,
  ModelScript,
  ScriptContext,
  ScriptedToolCall,
  ScriptedUsage,
} from "./reply.ts";
export type {
  ModelMessage,
  ModelRequest,
  ModelTool,
  ModelToolCall,
  ModelToolResult,
  ProtocolName,
  RecordedRequest,
  RequestEnd,
} from "./request.ts";
export type { RequestListener } from "./request-log.ts";
export { type ModelServer, startModelServer } from "./server.ts";
