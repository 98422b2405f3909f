import { SandboxClosedError, SandboxOptionError, SandboxPauseError } from "../errors.ts";
import type { LivingSandbox } from "../living-sandbox.ts";
import { createChecks } from "../options/checks.ts";

/** Of `timeoutMs`, in milliseconds: Node's longest timer, about 24 days. */
const maxTimeoutMs = 2 ** 31 - 1;

const checks = createChecks((message) => {
  throw new SandboxOptionError(message);
});

/** @throws SandboxOptionError */
export function parseTimeout(value: unknown, where: string): number | undefined {
  return value === undefined ? undefined : checks.number(value, where, { min: 1, max: maxTimeoutMs });
}

/** When a sandbox's time is over, and what happens then. */
export interface Timeout {
  /** @throws SandboxOptionError */
  set(ms: number | undefined): void;
  /** To be called when a pause is over: after one that the timeout has brought about, it counts anew. */
  resumed(): void;
}

export function createTimeout(living: LivingSandbox): Timeout {
  const { clock, pausing, events } = living;
  const { onTimeout } = living.options;
  let timeoutMs: number | undefined;
  let spent = false;
  let callOff = () => {};

  const endNow = (detail: string) => void living.kill({ reason: "timeoutMs", detail });

  async function ring(): Promise<void> {
    events.emit({ type: "sandbox.timeout", action: onTimeout });
    if (onTimeout === "kill") return endNow("its time was over (timeoutMs)");
    spent = true;
    try {
      await pausing.pause();
    } catch (error) {
      if (error instanceof SandboxClosedError) return;
      // What cannot be stopped must not go on for that.
      const why = error instanceof SandboxPauseError ? error.message : String(error);
      endNow(`its time was over (timeoutMs), and ${why}`);
    }
  }

  function set(ms: number | undefined): void {
    const parsed = parseTimeout(ms, "setTimeout's argument");
    callOff();
    timeoutMs = parsed;
    spent = false;
    callOff = parsed === undefined ? () => {} : clock.after(parsed, () => void ring());
  }

  set(living.options.timeoutMs);
  return {
    set,
    resumed() {
      if (spent) set(timeoutMs);
    },
  };
}
