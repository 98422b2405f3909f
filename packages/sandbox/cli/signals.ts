const forwarded = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/** The signals that would end this process, held for a command. */
export interface HeldSignals {
  /** The first that came before anybody took them. */
  readonly early: NodeJS.Signals | undefined;
  /** From now on each goes there. */
  giveTo(take: (signal: NodeJS.Signals) => void): void;
  release(): void;
}

export function holdSignals(): HeldSignals {
  let early: NodeJS.Signals | undefined;
  let take = (signal: NodeJS.Signals) => {
    early ??= signal;
  };
  const onSignal = (signal: NodeJS.Signals) => take(signal);
  for (const signal of forwarded) process.on(signal, onSignal);
  return {
    get early() {
      return early;
    },
    giveTo(next) {
      take = next;
    },
    release() {
      for (const signal of forwarded) process.off(signal, onSignal);
    },
  };
}
