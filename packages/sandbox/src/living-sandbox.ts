import type { CommandRegistry } from "./commands/registry.ts";
import type { Events } from "./events/events.ts";
import type { Launcher } from "./launcher/spawn-launcher.ts";
import type { Clock } from "./life/clock.ts";
import type { Pausing } from "./life/pausing.ts";
import type { ParsedOptions } from "./options/sandbox-options.ts";
import type { Operation } from "./policy/encode-policy.ts";
import type { LimitHolder } from "./sandbox-cgroup.ts";
import type { SandboxEnd, SandboxStats } from "./types.ts";

/** A sandbox while it lives, as the parts of this package see it. */
export interface LivingSandbox extends LimitHolder {
  readonly id: string;
  readonly options: ParsedOptions;
  /** Of PID 1 on the host. */
  readonly initPid: number;
  readonly outsideUid: number;
  readonly outsideGid: number;
  /** The launcher's directory in /proc, which stays its own even when its process id is used again. */
  readonly procFd: number;
  readonly adapt: Adaptation;
  readonly diskBy: SandboxStats["diskBy"];
  /** Launchers of its commands, and of what else has joined it, that live; they are ended with it. */
  readonly joined: Set<Launcher>;
  /** What runs in it; whoever starts something there adds it. */
  readonly commands: CommandRegistry;
  readonly events: Events;
  /** Times of its commands and its own; stands still while it is paused. */
  readonly clock: Clock;
  readonly pausing: Pausing;
  /** While the host itself writes to its mounts, what is there does not count as what the sandbox adds. */
  readonly unwatched: <T>(act: () => Promise<T>) => Promise<T>;
  /** Ends it, for a reason other than `killed` if one is given; resolves when it is gone. */
  readonly kill: (why?: SandboxEnd) => Promise<void>;
  end: SandboxEnd | undefined;
  /** Resolves when `end` is known and all is cleaned up. */
  readonly closed: Promise<SandboxEnd>;
}

/** Changes what the launcher applies, to make a sandbox and for every command in it. */
export type Adaptation = (operations: readonly Operation[]) => readonly Operation[];
