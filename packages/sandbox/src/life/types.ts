/** A sandbox's life, beside its end by `kill()`. */
export interface SandboxLife {
  /**
   * `paused` from when {@link pause} resolves until {@link resume} is called; `ended` once nothing of it lives any
   * more.
   */
  readonly state: "running" | "paused" | "ended";
  /**
   * Sets when its time is over, counted anew from now, in place of what `timeoutMs` or an earlier call has set; then
   * `onTimeout` says what happens.
   *
   * @param ms 1 to 2,147,483,647 milliseconds, in which pauses do not count; undefined for no limit
   * @throws SandboxOptionError, SandboxClosedError
   */
  setTimeout(ms: number | undefined): void;
  /**
   * Stops every process, by the cgroup's freezer, and the sandbox's time: its own timeout, `wallMs` and the
   * `timeoutMs` of commands. Resolves when all stand still. Memory stays in use; files can be used. What a running
   * command is to be ended for meanwhile (its `kill()`, its signal) happens when it goes on. Does nothing where the
   * sandbox is paused.
   *
   * @throws SandboxPauseError without a cgroup, or when a process does not stop within 5 s
   * @throws SandboxClosedError
   */
  pause(): Promise<void>;
  /**
   * Lets it go on. After a pause by `onTimeout: "pause"`, the timeout counts anew. Does nothing where it runs.
   *
   * @throws SandboxClosedError
   */
  resume(): Promise<void>;
}
