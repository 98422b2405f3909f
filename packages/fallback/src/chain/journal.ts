import { errorInputOf } from "../classify/error-input.ts";
import { factsOf } from "../classify/facts.ts";
import type { Classification } from "../classify/types.ts";
import { HttpStatusError } from "../errors.ts";
import type { Target } from "./plan.ts";
import { createRedaction } from "./redaction.ts";
import type { AttemptRecord, ChainEvent } from "./types.ts";

const MAX_MESSAGE_CHARS = 500;

/** Keeps the records of a run and tells its events. Neither holds a key. */
export interface Journal {
  readonly records: readonly AttemptRecord[];
  /** Attempts that were begun. */
  readonly begun: number;
  tell(event: ChainEvent): void;
  begin(target: Target, begin: { readonly probe: boolean; readonly at: number }): number;
  /** Both end the attempt that was begun last, if it has not ended yet. */
  succeed(): void;
  fail(error: unknown, classification: Classification): void;
  /** Nothing is told after this. */
  close(): void;
}

type Listener = ((event: ChainEvent) => void) | undefined;

interface OpenAttempt {
  readonly target: Target;
  readonly number: number;
  readonly at: number;
  readonly probe: boolean;
}

export function createJournal(listeners: readonly Listener[], now: () => number): Journal {
  const records: AttemptRecord[] = [];
  let begun = 0;
  let open: OpenAttempt | undefined;
  let closed = false;
  const tell = (event: ChainEvent) => {
    if (closed) return;
    for (const listener of listeners) if (listener !== undefined) callSafely(listener, event);
  };
  const settle = (outcome: Pick<AttemptRecord, "outcome">, rest: Partial<AttemptRecord> = {}) => {
    if (open === undefined) return undefined;
    const { target, number, at, probe } = open;
    open = undefined;
    const durationMs = Math.max(0, now() - at);
    const record: AttemptRecord = {
      number,
      ...about(target),
      startedAt: at,
      durationMs,
      ...outcome,
      ...rest,
      ...(probe ? { probe } : {}),
    };
    records.push(record);
    return record;
  };
  return {
    records,
    tell,
    get begun() {
      return begun;
    },
    begin: (target, { probe, at }) => {
      begun += 1;
      open = { target, number: begun, at, probe };
      tell({ type: "attempt", ...about(target), number: begun, probe });
      return begun;
    },
    succeed: () => {
      const record = settle({ outcome: "ok" });
      if (record !== undefined) tell({ type: "success", ...record });
    },
    fail: (error, classification) => {
      if (open === undefined) return;
      const told = failureFields(error, classification, open.target.key);
      const record = settle({ outcome: classification.reason }, told);
      if (record !== undefined) tell({ type: "failure", classification, ...record });
    },
    close: () => {
      closed = true;
    },
  };
}

/** Whom an event is about. */
export function about({ slot, keyLabel }: Target): Pick<AttemptRecord, "provider" | "model" | "key"> {
  const { provider, model } = slot.candidate;
  return keyLabel === undefined ? { provider, model } : { provider, model, key: keyLabel };
}

function failureFields(
  error: unknown,
  { matched, retryAfterMs }: Classification,
  key: string | undefined,
): Partial<AttemptRecord> {
  const { status } = errorInputOf(error);
  const told = createRedaction(key === undefined ? [] : [key]).text(wordsOf(error));
  return {
    matched,
    ...(typeof status === "number" ? { status } : {}),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(told === "" ? {} : { message: told.slice(0, MAX_MESSAGE_CHARS) }),
  };
}

/** An `HttpStatusError` leaves the server's words to its body; here they are told, as those of any client. */
function wordsOf(error: unknown): string {
  if (!(error instanceof HttpStatusError)) return errorInputOf(error).message ?? "";
  const { status, body } = error;
  const said = factsOf({ body }).text;
  return said === "" ? `status ${status}` : `${status}: ${said}`;
}

/** A listener is not part of the run: what it throws, at once or later, ends nothing. */
function callSafely(listener: (event: ChainEvent) => unknown, event: ChainEvent): void {
  try {
    const answer = listener(event);
    if (answer instanceof Promise) answer.catch(() => undefined);
  } catch {
    // The contract of `onEvent` says that it is ignored.
  }
}
