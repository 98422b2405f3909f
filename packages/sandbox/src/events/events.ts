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
  | { readonly type: "command.denied"; readonly commandId: string; readonly denial: Denial }
  /** A port inside is reached by one of the host's, or is no longer. */
  | {
      readonly type: "port.forwarded" | "port.closed";
      readonly port: number;
      readonly host: string;
      readonly hostPort: number;
    }
  | FileHappening;

/** One thing that happened in or to a sandbox. */
export type SandboxEvent = SandboxHappening & {
  readonly sandboxId: string;
  /** Milliseconds since 1970, UTC. */
  readonly time: number;
};

/** Where the parts of a sandbox tell what happens, and listeners hear of it. */
export interface Events {
  emit(happening: SandboxHappening): void;
  /** Returns what ends the listening. A listener that throws is not called again; the others are. */
  listen(listener: (event: SandboxEvent) => void): () => void;
}

export function createEvents(sandboxId: string): Events {
  const listeners = new Set<(event: SandboxEvent) => void>();
  return {
    emit(happening) {
      if (listeners.size === 0) return;
      const event: SandboxEvent = { ...happening, sandboxId, time: Date.now() };
      for (const listener of [...listeners]) {
        try {
          listener(event);
        } catch {
          listeners.delete(listener); // what watches a sandbox must not decide over it
        }
      }
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
