import type { FileHappening } from "../files/file-happening.ts";
import type { Denial, SandboxEnd } from "../types.ts";

/** What happened, without when and where. */
export type SandboxHappening =
  | { readonly type: "sandbox.started"; readonly pid: number }
  | { readonly type: "sandbox.ended"; readonly reason: SandboxEnd["reason"]; readonly detail: string }
  | { readonly type: "sandbox.paused" | "sandbox.resumed" }
  /** Its `timeoutMs` is over, and this follows. */
  | { readonly type: "sandbox.timeout"; readonly action: "kill" | "pause" }
  | {
      readonly type: "command.started";
      readonly commandId: string;
      readonly pid: number;
      readonly argv: readonly string[];
    }
  | {
      readonly type: "command.ended";
      readonly commandId: string;
      readonly exitCode: number | null;
      readonly signal: NodeJS.Signals | null;
      readonly timedOut: boolean;
      readonly oomKilled: boolean;
      readonly durationMs: number;
    }
  | { readonly type: "snapshot.created"; readonly snapshotId: string; readonly name: string | undefined }
  | { readonly type: "snapshot.restored"; readonly snapshotId: string }
  | { readonly type: "command.denied"; readonly commandId: string; readonly denial: Denial }
  /** A port inside is reached by one of the host's, or is no longer; `sandbox.ended` closes those that are left. */
  | {
      readonly type: "port.forwarded" | "port.closed";
      readonly port: number;
      readonly host: string;
      readonly hostPort: number;
    }
  | FileHappening
  /** To one reader of `sandbox.events()`, which was too slow: so many events before the next one are lost. */
  | { readonly type: "events.dropped"; readonly count: number };

/** One thing that happened in or to a sandbox. */
export type SandboxEvent = SandboxHappening & {
  readonly sandboxId: string;
  /** Milliseconds since 1970, UTC. */
  readonly time: number;
};

/** Where the parts of a sandbox tell what happens, and listeners hear of it. */
export interface Events {
  /** Whether `sandbox.ended` was told; nothing is told after it. */
  readonly ended: boolean;
  /** `sandbox.ended` is told when all that is awaited has settled. */
  emit(happening: SandboxHappening): void;
  /** Something that may still have to be told when the sandbox has ended. */
  await(happening: Promise<unknown>): void;
  /** Returns what ends the listening. A listener that throws is not called again; the others are. */
  listen(listener: (event: SandboxEvent) => void): () => void;
}

export function createEvents(sandboxId: string): Events {
  const listeners = new Set<(event: SandboxEvent) => void>();
  let awaited = 0;
  let end: SandboxHappening | undefined;
  let ended = false;

  function tell(happening: SandboxHappening): void {
    const event: SandboxEvent = { ...happening, sandboxId, time: Date.now() };
    for (const listener of [...listeners]) {
      try {
        listener(event);
      } catch {
        listeners.delete(listener); // what watches a sandbox must not decide over it
      }
    }
  }

  function tellEnd(): void {
    if (ended || end === undefined || awaited > 0) return;
    ended = true;
    tell(end);
  }

  return {
    get ended() {
      return ended;
    },
    emit(happening) {
      if (happening.type === "sandbox.ended") end = happening;
      else if (!ended) tell(happening);
      tellEnd();
    },
    await(happening) {
      awaited += 1;
      const settled = () => {
        awaited -= 1;
        tellEnd();
      };
      happening.then(settled, settled);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
