/** One thing that a sandbox needs, or profits from, as this host has it. */
export interface HostLayer {
  readonly name: string;
  /**
   * `ok`: all there. `limited`: a sandbox runs, without some option, limit or comfort that `detail` names.
   * `missing`: no sandbox runs, or not with the limits that are required by default.
   */
  readonly state: "ok" | "limited" | "missing";
  /** What was found, in words. */
  readonly detail: string;
  /** What to do about a lack: commands, or the text of a file with the commands that put it in place. */
  readonly fix?: string;
}

/** What a host offers to sandboxes of this process; see {@link checkHost}. */
export interface HostReport {
  /** A sandbox was made here and ran a command, with every layer of isolation. */
  readonly ready: boolean;
  /** It ran only with `enforce: "best-effort"`: memory and processes have no cgroup to hold them together. */
  readonly bestEffortOnly: boolean;
  /** In the order in which a sandbox needs them; the last is the sandbox that was really made. */
  readonly layers: readonly HostLayer[];
}
