import type { Denial } from "../types.ts";

/** What was refused to one command, each thing once. */
export interface DenialLog {
  add(denial: Denial): void;
  all(): readonly Denial[];
}

export interface DenialListeners {
  readonly onDenied: (denial: Denial) => void;
  /** Called once with what `onDenied` has thrown; it is not called again. */
  readonly onThrow: (error: unknown) => void;
}

export function createDenialLog({ onDenied, onThrow }: DenialListeners): DenialLog {
  const denials: Denial[] = [];
  let listener: typeof onDenied | undefined = onDenied;
  return {
    add(denial) {
      if (denials.some(({ layer, what }) => layer === denial.layer && what === denial.what)) return;
      denials.push(denial);
      try {
        listener?.(denial);
      } catch (error) {
        listener = undefined;
        onThrow(error);
      }
    },
    all: () => [...denials],
  };
}
