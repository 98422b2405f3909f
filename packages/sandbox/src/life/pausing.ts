import { setTimeout as delay } from "node:timers/promises";
import { SandboxClosedError, SandboxPausedError, SandboxPauseError } from "../errors.ts";
import type { Events } from "../events/events.ts";
import type { SandboxEnd } from "../types.ts";
import type { Clock } from "./clock.ts";
import { type Freezer, noFreezer } from "./freezer.ts";
import { hasEnded } from "./sandbox-end.ts";

/** Whether a sandbox stands still, and what has to wait for that. */
export interface Pausing {
  readonly state: "running" | "paused" | "ended";
  /** @throws SandboxPauseError, SandboxClosedError */
  pause(): Promise<void>;
  /** @throws SandboxClosedError */
  resume(): Promise<void>;
  /**
   * Does something while no process of the sandbox runs, then lets it go on unless it was paused before. `frozen` tells
   * whether nothing runs: false where there is no cgroup.
   *
   * @throws what the act throws, SandboxPauseError when a process does not stop, SandboxClosedError
   */
  freezeWhile<T>(act: (frozen: boolean) => Promise<T>): Promise<T>;
  /**
   * Does something that works in the sandbox itself: a pause, and whoever else wants it to stand still, waits for it.
   *
   * @throws what the act throws, SandboxPausedError, SandboxClosedError
   */
  whileRunning<T>(act: () => Promise<T>): Promise<T>;
  /** For what needs processes that run, until its promise resolves: done now, or when they go on. */
  whenRunning(act: () => Promise<unknown>): void;
  /**
   * For what cannot begin on a sandbox that is paused.
   *
   * @throws SandboxPausedError, SandboxClosedError
   */
  requireRunning(): void;
}

export interface PausingParts {
  /** Undefined without a cgroup. */
  readonly freezer: Freezer | undefined;
  readonly clock: Clock;
  readonly emit: Events["emit"];
  readonly end: () => SandboxEnd | undefined;
}

/** How long a pause waits for what has begun by {@link Pausing.whenRunning}, in milliseconds. */
const patienceMs = 5000;

export function createPausing({ freezer, clock, emit, end }: PausingParts): Pausing {
  let paused = false;
  let still = false;
  let turn: Promise<unknown> = Promise.resolve();
  const waiting: (() => Promise<unknown>)[] = [];
  const underWay = new Set<Promise<unknown>>();

  /** One after the other, in the order in which they were asked for. */
  function inTurn<T>(act: () => Promise<T>): Promise<T> {
    const result = turn.then(() => {
      requireLife();
      return act();
    });
    turn = result.catch(() => {});
    return result;
  }

  function requireLife(): void {
    const ended = end();
    if (ended !== undefined) throw hasEnded(ended);
  }

  function requireRunning(): void {
    requireLife();
    if (paused) throw new SandboxPausedError("the sandbox is paused; call resume() first");
  }

  function begin(act: () => Promise<unknown>): void {
    const done = act()
      .catch(() => {}) // whoever asked for it is told elsewhere
      .finally(() => underWay.delete(done));
    underWay.add(done);
  }

  async function stop(by: Freezer): Promise<void> {
    still = true;
    clock.stop();
    try {
      if (underWay.size > 0)
        await Promise.race([Promise.all(underWay), delay(patienceMs, undefined, { ref: false })]);
      await by.stop();
    } catch (error) {
      if (error instanceof SandboxPauseError) goOn();
      throw error;
    }
  }

  function goOn(): void {
    still = false;
    if (end() === undefined) clock.go();
    for (const act of waiting.splice(0)) begin(act);
  }

  return {
    get state() {
      if (end() !== undefined) return "ended";
      return paused ? "paused" : "running";
    },
    pause: () =>
      inTurn(async () => {
        if (paused) return;
        if (freezer === undefined) throw noFreezer("the sandbox cannot be paused");
        await stop(freezer);
        paused = true;
        emit({ type: "sandbox.paused" });
      }),
    resume: () =>
      inTurn(async () => {
        if (!paused || freezer === undefined) return;
        await freezer.go();
        paused = false;
        goOn();
        emit({ type: "sandbox.resumed" });
      }),
    freezeWhile: (act) =>
      inTurn(async () => {
        if (paused || freezer === undefined) return act(paused);
        await stop(freezer);
        try {
          return await act(true);
        } finally {
          await freezer.go().catch(ignoreEnd);
          goOn();
        }
      }),
    whileRunning: (act) =>
      inTurn(async () => {
        requireRunning();
        return act();
      }),
    whenRunning(act) {
      if (still) waiting.push(act);
      else begin(act);
    },
    requireRunning,
  };
}

/** What was done while it stood still is done, though it has ended since. */
function ignoreEnd(error: unknown): void {
  if (!(error instanceof SandboxClosedError)) throw error;
}
