import type { ToolResult } from "@cloison/agent";
import type { ToolOutcome } from "./host-tool.ts";

/** Calls that the worker has in hand. What it says of others, or says twice, is of no effect. */
export class SentCalls {
  readonly #open = new Map<string, (outcome: ToolOutcome) => void>();

  /** The outcome of a call. @throws the signal's reason when that comes first */
  async wait(toolCallId: string, signal: AbortSignal): Promise<ToolOutcome> {
    const { promise, resolve, reject } = Promise.withResolvers<ToolOutcome>();
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    this.#open.set(toolCallId, resolve);
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", abort);
      this.#open.delete(toolCallId);
    }
  }

  settle({ toolCallId, content, isError }: ToolResult): void {
    this.#open.get(toolCallId)?.({ content: content.map((block) => ({ ...block })), isError });
  }
}
