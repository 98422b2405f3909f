import type { ImageContent, JsonObject, TextContent } from "@cloison/sessions";

/** What a tool shows the model. */
export type ToolContent = TextContent | ImageContent;

/** A tool that runs in the host, never in the sandbox: neither its input nor its result ever goes there. */
export interface HostTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of its input, an object. Input that does not fit never reaches `execute`. */
  readonly parameters: JsonObject;
  /** `safe`: a call that an interrupted run left without a result may be carried out again. */
  readonly replay: "safe" | "never";
  /** Its calls may go on beside other calls of the same answer. */
  readonly parallel: boolean;
  /** Milliseconds for one call. Default: the run's. */
  readonly timeoutMs?: number | undefined;
  /** The model is not told of it, but gets an answer when it calls it all the same. Default false. */
  readonly hidden?: boolean | undefined;
  /** What it throws, the model gets as an error; the message goes to it as it is. */
  execute(input: JsonObject, call: HostToolCall): Promise<readonly ToolContent[]>;
}

/** One call of a host tool. */
export interface HostToolCall {
  readonly toolCallId: string;
  /** Aborts when the run does, or the tool's time is over. */
  readonly signal: AbortSignal;
  /** Shows how far it has come; each time the newest words replace the older ones. */
  onUpdate(text: string): void;
}

/** What a tool call came to. */
export interface ToolOutcome {
  readonly content: readonly ToolContent[];
  readonly isError: boolean;
}
