import type { AttemptRecord, ChainEvent, ContextVerdict } from "@cloison/fallback";
import type { AssistantMessage, Message } from "@cloison/sessions";
import type { FullPrice } from "../budget/prices.ts";
import type { RunUsage } from "../run/usage.ts";

/** A tool that a model is told of. */
export interface OfferedTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema. */
  readonly parameters: object;
}

/** What a model is asked. The provider's client takes it as it is; its own types would bring all of it into ours. */
export interface ModelContext {
  readonly systemPrompt?: string;
  readonly messages: Message[];
  readonly tools?: OfferedTool[];
}

/** One model call: what is asked, who listens, and who has a say in it. */
export interface ModelCall {
  /** What to ask: the newest, also after a compaction. Asked for anew before each attempt. */
  context(): ModelContext;
  /** Helps providers that cache by session, and keeps a session to one key. */
  readonly sessionId: string;
  readonly signal: AbortSignal;
  onText(delta: string): void;
  onThinking(delta: string): void;
  /** What was streamed so far of this answer is void: the attempt failed, and another begins. */
  onDiscard(): void;
  /** Called before each attempt. What it throws ends the call, with exactly that. */
  beforeAttempt(attempt: AttemptPlan): void | Promise<void>;
  /**
   * Called when an attempt has spent tokens, also a failed one where the provider told it. What it throws
   * ends the call, with exactly that.
   */
  onSpent(spent: Spent): void | Promise<void>;
  /**
   * The request is longer than this model takes.
   *
   * @returns true when the context is shorter now, so that it can be asked again
   */
  onOverflow(overflow: ContextOverflow): Promise<boolean>;
  /** The request leaves the model little room for its answer. Told before each attempt of which that is true. */
  onLittleRoom?(room: LittleRoom): void;
  onEvent(event: ChainEvent): void;
}

/** How little room is left in a model's window. */
export interface LittleRoom extends Omit<ContextVerdict, "level"> {
  readonly provider: string;
  readonly model: string;
}

/** An attempt that is about to be made. */
export interface AttemptPlan {
  readonly provider: string;
  readonly model: string;
  /** Tokens of the request, estimated. */
  readonly requestTokens: number;
  /** Undefined where nobody knows it. */
  readonly price: FullPrice | undefined;
}

/** What one attempt has spent, and with which key. */
export interface Spent {
  readonly provider: string;
  readonly model: string;
  /** `…last4` */
  readonly key: string;
  readonly usage: RunUsage;
  /** Undefined for an attempt that failed. */
  readonly answer: AssistantMessage | undefined;
}

/** Which model's window is too small. */
export interface ContextOverflow {
  readonly provider: string;
  readonly model: string;
  /** Undefined where nobody knows it. */
  readonly windowTokens: number | undefined;
  /** Aborts when the call is over, as after its deadline: nobody waits for a shorter context any more. */
  readonly signal: AbortSignal;
}

/** A whole answer, and who gave it. */
export interface ModelAnswer {
  readonly message: AssistantMessage;
  readonly provider: string;
  readonly model: string;
  /** `…last4` */
  readonly key: string;
  /** All attempts of this call, the last of which succeeded. */
  readonly attempts: readonly AttemptRecord[];
}
