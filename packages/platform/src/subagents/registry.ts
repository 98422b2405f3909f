import type { RunUsage } from "../run/usage.ts";

/** How a subagent stands: it waits for a place, goes on, or has ended in one of four ways. */
export type SubagentStatus = "waiting" | "running" | "completed" | "failed" | "timeout" | "aborted";

/** What is known of a subagent. */
export interface SubagentRecord {
  readonly id: string;
  readonly role: string;
  /** The beginning of what it was asked, at most 500 characters. Written by a model: do not trust it. */
  readonly task: string;
  /** Its own session. */
  readonly sessionId: string;
  /** The session of the run that started it. */
  readonly parentSession: string;
  /** The subagent that started it; undefined where a run of the application did. */
  readonly parentId: string | undefined;
  /** 1 for a subagent of the application's run, 2 for one of that one's, and so on. */
  readonly depth: number;
  readonly status: SubagentStatus;
  readonly createdAt: Date;
  readonly startedAt?: Date | undefined;
  readonly endedAt?: Date | undefined;
  /** Who gave its last answer. */
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  /** Its own tokens, without those of its subagents: none before it has ended; where it failed, as far as is known. */
  readonly usage: RunUsage;
  readonly turns?: number | undefined;
  /** Why it did not complete. */
  readonly error?: { readonly code: string | undefined; readonly message: string } | undefined;
}

/** The subagents that this process has started in one workspace. */
export interface Subagents {
  /** Those that wait or go on, in the order in which they were asked for. */
  listActive(): readonly SubagentRecord[];
  /** Those and the last 200 that have ended, in the order in which they were asked for. */
  listAll(): readonly SubagentRecord[];
  /** How many wait or go on. */
  countActive(): number;
}

const KEPT_ENDED = 200;

/** Keeps what is known of subagents: all that are active, and a bounded number of those that were. */
export class SubagentRegistry implements Subagents {
  readonly #active = new Map<string, SubagentRecord>();
  readonly #ended = new Map<string, SubagentRecord>();
  readonly #order = new Map<string, number>();
  #count = 0;

  add(record: SubagentRecord): void {
    this.#active.set(record.id, record);
    this.#order.set(record.id, this.#count++);
  }

  /** Changes what is known of an active one; it is active no more once `endedAt` is known. */
  change(id: string, news: Partial<Omit<SubagentRecord, "id">>): void {
    const known = this.#active.get(id);
    if (known === undefined) return;
    const record = { ...known, ...news };
    if (record.endedAt === undefined) {
      this.#active.set(id, record);
      return;
    }
    this.#active.delete(id);
    this.#ended.set(id, record);
    // A map goes by insertion: the first is the one that ended first.
    const [oldest] = this.#ended.keys();
    if (this.#ended.size <= KEPT_ENDED || oldest === undefined) return;
    this.#ended.delete(oldest);
    this.#order.delete(oldest);
  }

  get(id: string): SubagentRecord | undefined {
    return this.#active.get(id) ?? this.#ended.get(id);
  }

  listActive(): readonly SubagentRecord[] {
    return [...this.#active.values()];
  }

  listAll(): readonly SubagentRecord[] {
    const place = ({ id }: SubagentRecord) => this.#order.get(id) ?? 0;
    return [...this.#ended.values(), ...this.#active.values()].sort((a, b) => place(a) - place(b));
  }

  countActive(): number {
    return this.#active.size;
  }
}

/** Workspaces whose registries are kept at once; those with active subagents are kept in any case. */
const KEPT = 1000;

/** The registries of all workspaces of a platform, which gives the same workspace out more than once. */
export interface SubagentRegistries {
  of(userId: string): SubagentRegistry;
  /** For a workspace that is no more: the next one of that name is another tenant's. */
  forget(userId: string): void;
}

export function createSubagentRegistries(): SubagentRegistries {
  const kept = new Map<string, SubagentRegistry>();
  return {
    of: (userId) => {
      const registry = kept.get(userId) ?? new SubagentRegistry();
      kept.delete(userId);
      kept.set(userId, registry);
      if (kept.size > KEPT) forgetIdle(kept);
      return registry;
    },
    forget: (userId) => void kept.delete(userId),
  };
}

/** A map goes by insertion: the first is the one that was not asked for in the longest time. */
function forgetIdle(kept: Map<string, SubagentRegistry>): void {
  for (const [userId, registry] of kept) {
    if (registry.countActive() > 0) continue;
    kept.delete(userId);
    return;
  }
}
