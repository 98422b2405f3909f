import type { Classification } from "../classify/types.ts";
import type { Admitted } from "../cooldown/gate.ts";
import { type EndCause, type Ending, watchForEnd } from "./ending.ts";
import { createJournal, type Journal } from "./journal.ts";
import type { LazyAbort } from "./lazy-abort.ts";
import { createSlots, type PlannedCandidate, type Slot, type Target } from "./plan.ts";
import type { ChainSettings } from "./settings.ts";
import type { FallbackRunOptions } from "./types.ts";

/** What one run knows. */
export interface Run {
  readonly settings: ChainSettings;
  readonly options: FallbackRunOptions;
  readonly slots: readonly Slot[];
  readonly ending: Ending;
  readonly journal: Journal;
  /** The attempt that is under way. */
  current: OpenCall | undefined;
  /** The failure that came last. */
  failed: Failure | undefined;
  /** Whom the run has turned away from since the last attempt. */
  left: Target | undefined;
  /** How often the caller has made the request shorter, and how often it was asked to. */
  retriedOverflows: number;
  askedOverflows: number;
}

export interface OpenCall {
  readonly target: Target;
  readonly admitted: Admitted;
  readonly abort: LazyAbort;
}

/** An attempt that failed. */
export interface Failure {
  readonly target: Target;
  readonly admitted: Admitted;
  readonly error: unknown;
  readonly classification: Classification;
}

export function createRun(
  settings: ChainSettings,
  planned: readonly PlannedCandidate[],
  { options, onEnd }: { readonly options: FallbackRunOptions; readonly onEnd: (cause: EndCause) => void },
): Run {
  const { clock, keys, onEvent } = settings;
  const { signal, deadlineMs = settings.deadlineMs, sessionId } = options;
  return {
    settings,
    options,
    slots: createSlots(planned, keys, sessionId),
    ending: watchForEnd({ clock, signal, deadlineMs, onEnd }),
    journal: createJournal([onEvent, options.onEvent], () => clock.now()),
    current: undefined,
    failed: undefined,
    left: undefined,
    retriedOverflows: 0,
    askedOverflows: 0,
  };
}
