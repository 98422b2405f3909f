/*
 * What the worker and the host say to each other, as JSON-RPC 2.0 over the channel. Both sides are always of
 * the same build (the host mounts its own worker file), so there is no negotiation.
 *
 *   worker → host   notification  ready  {}                          once, when the worker can take a run
 *   host → worker   request       run    RunParams → {}              one at a time; $/cancel aborts it
 *   worker → host   request       model  ModelParams → WireTurn      when every tool call of the last turn ended
 *   worker → host   notification  tool   ToolNotice                  what a tool call of the last turn does
 *
 * The worker gets what it acts on and no more: the prompt and the tool calls, never text, thinking, history
 * or the system prompt. A tool's result travels once, in its `end` notice; `model` says that all are in.
 */

export interface RunParams {
  /** Counts the runs of this worker from 1, so that late words of an aborted run are known as such. */
  readonly run: number;
  readonly prompt: string;
  /** Milliseconds for one tool call; no member when there is no limit. */
  readonly toolTimeoutMs?: number;
}

export interface ModelParams {
  readonly run: number;
}

export interface WireToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

export interface WireTurn {
  readonly toolCalls: readonly WireToolCall[];
  readonly stopReason: "stop" | "toolUse" | "length";
  /** Whether the calls go on at once. */
  readonly parallel: boolean;
}

export interface WireContent {
  readonly type: "text";
  readonly text: string;
}

interface NoticeOf {
  readonly run: number;
  readonly toolCallId: string;
}

export type ToolNotice =
  | (NoticeOf & { readonly type: "start" })
  /** The end of the tool's output so far, at most {@link maxUpdateChars}. */
  | (NoticeOf & { readonly type: "update"; readonly text: string })
  | (NoticeOf & {
      readonly type: "end";
      readonly isError: boolean;
      readonly content: readonly WireContent[];
    });

/** Longest text of an update, in UTF-16 code units. */
export const maxUpdateChars = 4096;
/** Longest text of a whole tool result, in UTF-16 code units. The tools cut theirs at 50 KiB and add a note. */
export const maxResultChars = 128 * 1024;
/** Most content blocks in a tool result. */
export const maxResultBlocks = 16;

/** Both ends of the channel use these; a run needs a few frames for each tool call. */
export const channelLimits = {
  maxFrameBytes: 4 * 1024 * 1024,
  maxFramesPerSecond: 2000,
  maxBytesPerSecond: 16 * 1024 * 1024,
} as const;
