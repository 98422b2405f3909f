import type { Sandbox, SandboxOptions } from "#sandbox";
import type { Guard } from "#sandbox/weakened";
import type { Stage } from "./stage.ts";

/** Who the host of the sandboxes is: root, or an ordinary user. */
export type Lane = "root" | "user";

/** What became of one act. `skipped`: this machine lacks what it needs. */
export interface Trial {
  readonly outcome: "succeeded" | "refused" | "skipped";
  /** In a few words: the kernel's answer, or the reason. */
  readonly detail: string;
}

/** One way out of a sandbox, and how it is known that the way would be one. */
export interface Probe {
  /** Unique in the corpus; lower case with hyphens. */
  readonly id: string;
  readonly area: string;
  readonly title: string;
  /** What the attacker does. */
  readonly method: string;
  /** The CVE, advisory, document or kernel interface that it stands for. */
  readonly source: string;
  /** Leaves the sandbox that it shares with others as it was, and takes no time: may run with all others at once. */
  readonly light?: boolean;
  /** The act in a sandbox of the public library; held when it is refused. */
  attack(context: ProbeContext): Promise<Trial>;
  /**
   * The same act outside, with a guard off, or at an object that nothing guards; it must succeed, else the attack's
   * failure says nothing.
   */
  control(context: ProbeContext, attack: Trial): Promise<Trial>;
}

/** An act of the program `cloison-attack` and its arguments. */
export type Act = readonly [id: string, ...args: string[]];

/** What the probes of a lane find in the process that runs them. */
export interface ProbeContext {
  readonly as: Lane;
  /** `best-effort` where no cgroup can be had. */
  readonly enforce: "required" | "best-effort";
  /** Why nothing here can hold a limit by a cgroup; undefined where one can. */
  readonly withoutCgroup: string | undefined;
  /** A directory of the lane's user on the host; it and all in it are removed after the lane. */
  readonly directory: string;
  /** Directories of the host, which the shared sandboxes see, and a file that they do not. */
  readonly stage: Stage;
  /** The program `cloison-attack` on the host. */
  readonly program: string;
  /** The act in a sandbox that all light probes share. */
  inside(...act: Act): Promise<Trial>;
  /** The act in a shared sandbox whose system call filter allows everything. */
  unfiltered(...act: Act): Promise<Trial>;
  /** The act in a shared sandbox that sees all of /proc. */
  unmasked(...act: Act): Promise<Trial>;
  /** The act on the host, as the lane's user. */
  outside(...act: Act): Promise<Trial>;
  /** The act on the host, as root of fresh namespaces. */
  userns(...act: Act): Promise<Trial>;
  /**
   * A sandbox of the probe's own with the program at {@link programInside} and Node at {@link nodeInside}, ended
   * after the body.
   */
  withSandbox<T>(body: (sandbox: Sandbox) => Promise<T>, options?: SandboxSetup): Promise<T>;
}

export interface SandboxSetup extends SandboxOptions {
  /** Guards to leave out. */
  readonly off?: readonly Guard[];
}

export const programInside = "/opt/cloison-attack";
export const nodeInside = "/opt/node";

export function succeeded(detail = ""): Trial {
  return { outcome: "succeeded", detail };
}

export function refused(detail: string): Trial {
  return { outcome: "refused", detail };
}

export function skipped(detail: string): Trial {
  return { outcome: "skipped", detail };
}
