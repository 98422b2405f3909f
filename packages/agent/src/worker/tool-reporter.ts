import type { ToolNotice, WireContent } from "../protocol.ts";

/** Least time between two updates of one tool call. */
const updateEveryMs = 200;

/** Tells the host what the tool calls of one run do. */
export interface ToolReporter {
  start(toolCallId: string): Promise<void>;
  /** Never waits: of what is offered faster than the host takes it, only the newest is sent. */
  update(toolCallId: string, text: () => string): void;
  end(toolCallId: string, result: { isError: boolean; content: readonly WireContent[] }): Promise<void>;
}

/** Sends the newest of many offers, one at a time and not too often. */
class Updates {
  readonly #send: (text: string) => Promise<void>;
  #newest: (() => string) | undefined;
  #sending = false;

  constructor(send: (text: string) => Promise<void>) {
    this.#send = send;
  }

  offer(text: () => string): void {
    this.#newest = text;
    if (!this.#sending) void this.#pump();
  }

  stop(): void {
    this.#newest = undefined;
  }

  async #pump(): Promise<void> {
    this.#sending = true;
    for (let text = this.#newest; text !== undefined; text = this.#newest) {
      this.#newest = undefined;
      // A host that reads too slowly misses an update; one that is gone ends this process (main.ts).
      await this.#send(text()).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, updateEveryMs).unref());
    }
    this.#sending = false;
  }
}

/** A reporter for one run; `notify` resolves when the host can take more. */
export function createToolReporter(run: number, notify: (notice: ToolNotice) => Promise<void>): ToolReporter {
  const running = new Map<string, Updates>();
  return {
    async start(toolCallId) {
      running.set(toolCallId, new Updates((text) => notify({ run, type: "update", toolCallId, text })));
      await notify({ run, type: "start", toolCallId });
    },
    update(toolCallId, text) {
      running.get(toolCallId)?.offer(text);
    },
    async end(toolCallId, { isError, content }) {
      running.get(toolCallId)?.stop();
      running.delete(toolCallId);
      await notify({ run, type: "end", toolCallId, isError, content });
    },
  };
}
