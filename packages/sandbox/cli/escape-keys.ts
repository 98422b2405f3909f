/** What the user's keys ask for. */
export interface Keys {
  /** What goes to the program inside. */
  readonly typed: Buffer;
  /** The user wants to leave, whatever runs inside. */
  readonly leave: boolean;
}

const tilde = 0x7e;
const dot = 0x2e;
const lineEnds = [0x0d, 0x0a];

/** Looks for `~.` at the beginning of a line, which ends the session as it does in ssh(1); `~~` types one `~`. */
export function createEscapeKeys(): (chunk: Buffer) => Keys {
  let atLineStart = true;
  let held = false;
  return (chunk) => {
    const typed: number[] = [];
    for (const byte of chunk) {
      if (held && byte === dot) return { typed: Buffer.from(typed), leave: true };
      if (held && byte !== tilde) typed.push(tilde);
      const holds = atLineStart && !held && byte === tilde;
      if (!holds) typed.push(byte);
      atLineStart = lineEnds.includes(byte);
      held = holds;
    }
    return { typed: Buffer.from(typed), leave: false };
  };
}
