import type { RunEvent } from "./run-events.ts";

/** How much may wait for a slow reader. */
export interface BufferLimits {
  readonly events: number;
  /** Characters of all waiting events as JSON, roughly; the newest event may be longer by itself. */
  readonly chars: number;
}

const LIMITS: BufferLimits = { events: 10_000, chars: 4 * 1024 * 1024 };

interface Kept {
  readonly event: RunEvent;
  readonly chars: number;
}

/**
 * Events that wait to be read. Adjacent deltas become one, and of how far a tool has come only the newest
 * waits, so that little waits unless much happens. Beyond the limits the oldest are dropped, and the reader is
 * told how many by `events_lost` in their place.
 */
export class EventBuffer {
  readonly #limits: BufferLimits;
  #kept: Kept[] = [];
  #chars = 0;
  #lost = 0;

  constructor(limits = LIMITS) {
    this.#limits = limits;
  }

  add(event: RunEvent): void {
    const merged = this.#merge(event);
    const kept = merged ?? { event, chars: JSON.stringify(event).length };
    this.#kept.push(kept);
    this.#chars += kept.chars;
    const { events, chars } = this.#limits;
    while (this.#kept.length > 1 && (this.#kept.length > events || this.#chars > chars)) {
      this.#drop(0);
      this.#lost += 1;
    }
  }

  take(): RunEvent | undefined {
    if (this.#lost > 0) {
      const count = this.#lost;
      this.#lost = 0;
      return { type: "events_lost", count };
    }
    return this.#drop(0);
  }

  clear(): void {
    this.#kept = [];
    this.#chars = 0;
    this.#lost = 0;
  }

  /** Takes out what the event supersedes; where it goes on with the newest, gives both as one. */
  #merge(event: RunEvent): Kept | undefined {
    if (event.type === "tool_update" || event.type === "tool_end") this.#dropUpdates(event.toolCallId);
    const last = this.#kept.at(-1);
    if (last === undefined || (event.type !== "text_delta" && event.type !== "thinking_delta"))
      return undefined;
    const { event: before, chars } = last;
    if (before.type !== event.type) return undefined;
    this.#drop(this.#kept.length - 1);
    return { event: { type: event.type, text: before.text + event.text }, chars: chars + event.text.length };
  }

  /** Of this call, as far as only updates came since. */
  #dropUpdates(toolCallId: string): void {
    for (let index = this.#kept.length - 1; index >= 0; index -= 1) {
      const event = this.#kept[index]?.event;
      if (event?.type !== "tool_update") return;
      if (event.toolCallId === toolCallId) this.#drop(index);
    }
  }

  #drop(index: number): RunEvent | undefined {
    const [kept] = this.#kept.splice(index, 1);
    this.#chars -= kept?.chars ?? 0;
    return kept?.event;
  }
}
