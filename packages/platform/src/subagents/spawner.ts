import { randomUUID } from "node:crypto";
import type { RunBudget } from "../budget/run-budget.ts";
import { SubagentLimitError, SubagentRoleError } from "../errors/subagent-errors.ts";
import type { SubagentRole } from "../options/subagent-options.ts";
import type { RunListener } from "../run/run-events.ts";
import type { RunResult } from "../run/run-result.ts";
import { noUsage } from "../run/usage.ts";
import type { HostTool, HostToolCall } from "../tools/host-tool.ts";
import { boundedAnswer } from "./bounded-answer.ts";
import { type SandboxPlace, type ShownFiles, viewOfChild } from "./files-view.ts";
import type { SubagentRecord } from "./registry.ts";
import { Slots } from "./slots.ts";
import { type SpawnInput, spawnTool } from "./spawn-tool.ts";
import { beginAccount, shownError } from "./subagent-account.ts";
import type { SubagentPlace } from "./subagent-place.ts";
import type { SubagentTree } from "./subagent-tree.ts";
import { limitTime } from "./time-limit.ts";

/** The agent that starts subagents, and how these are run. */
export interface SpawnerParts {
  readonly tree: SubagentTree;
  /** Undefined for a run of the application. */
  readonly parent: SubagentPlace | undefined;
  readonly parentSession: string;
  readonly place: SandboxPlace;
  readonly files: ShownFiles;
  readonly budget: RunBudget;
  /** Runs one, in a session of that id. */
  readonly run: (task: SubagentTask, place: SubagentPlace) => Promise<RunResult>;
}

/** What a subagent is to do. */
export interface SubagentTask {
  readonly message: string;
  readonly sessionId: string;
  readonly signal: AbortSignal;
  readonly onEvent: RunListener;
}

const TIMEOUT_MS = 600_000;
const SHOWN_TASK = 500;

/** One call of the tool, allowed. */
interface Spawn {
  readonly record: SubagentRecord;
  readonly role: SubagentRole;
  readonly task: string;
  readonly call: HostToolCall;
}

/** Starts the subagents of one agent. */
export class SubagentSpawner {
  readonly #parts: SpawnerParts;
  readonly #roles: ReadonlyMap<string, SubagentRole>;
  readonly #depth: number;
  readonly #slots: Slots;
  readonly #going = new Set<Promise<unknown>>();

  constructor(parts: SpawnerParts) {
    const { parent, tree } = parts;
    const { roles, maxConcurrent } = tree.parts.setup;
    const allowed = parent?.role.canSpawn;
    this.#parts = parts;
    this.#roles =
      parent === undefined ? roles : new Map([...roles].filter(([name]) => allowed?.includes(name) === true));
    this.#depth = (parent?.depth ?? 0) + 1;
    this.#slots = new Slots(maxConcurrent);
  }

  /** The tool that starts them; none where this agent may start none. */
  get tools(): readonly HostTool[] {
    if (this.#roles.size === 0) return [];
    // At the bottom no model is told of it, but one that calls it all the same is told why it cannot.
    const hidden = this.#depth > this.#parts.tree.parts.setup.maxDepth;
    return [{ ...spawnTool(this.#roles, (input, call) => this.#track(this.#spawn(input, call))), hidden }];
  }

  /** Resolves when none goes on any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#going);
  }

  async #track<T>(work: Promise<T>): Promise<T> {
    this.#going.add(work);
    try {
      return await work;
    } finally {
      this.#going.delete(work);
    }
  }

  async #spawn({ role: name, task }: SpawnInput, call: HostToolCall): Promise<string> {
    const { tree, parent, parentSession } = this.#parts;
    const role = this.#roles.get(name);
    const record: SubagentRecord = {
      id: randomUUID(),
      role: name,
      task: task.slice(0, SHOWN_TASK),
      sessionId: randomUUID(),
      parentSession,
      parentId: parent?.id,
      depth: this.#depth,
      status: "waiting",
      createdAt: new Date(),
      usage: noUsage,
    };
    try {
      if (role === undefined) throw new SubagentRoleError(name, [...this.#roles.keys()]);
      tree.add(record);
      return await this.#inTurn({ record, role, task, call });
    } catch (error) {
      const { depth } = record;
      if (error instanceof SubagentRoleError || error instanceof SubagentLimitError) {
        const { code, message } = error;
        const { toolCallId } = call;
        tree.parts.emit({ type: "subagent_refused", toolCallId, role: name, depth, code, message });
      }
      throw error;
    }
  }

  async #inTurn(spawn: Spawn): Promise<string> {
    const { record, call } = spawn;
    const release = await this.#slots.take(call.signal).catch((reason: unknown) => {
      this.#parts.tree.change(record.id, { status: "aborted", endedAt: new Date() });
      throw reason;
    });
    try {
      return await this.#carryOut(spawn);
    } finally {
      release();
    }
  }

  async #carryOut({ record, role, task, call }: Spawn): Promise<string> {
    const { tree, place, files, budget, run, parentSession } = this.#parts;
    const { id, sessionId, depth } = record;
    const limit = limitTime(call.signal, role.timeoutMs ?? TIMEOUT_MS);
    const account = beginAccount(tree, record, call.toolCallId);
    try {
      const view = await viewOfChild(place, files, role.files ?? "read-only");
      const subagent = { id, depth, role, parentSession, budget, view, tree };
      const asked = { message: task, sessionId, signal: limit.signal, onEvent: account.onEvent };
      const { response, provider, model, turns } = await run(asked, subagent);
      account.end({ status: "completed", provider, model, turns });
      return boundedAnswer(response);
    } catch (error) {
      const timeout = limit.timedOut();
      const reason = timeout ?? error;
      const status = timeout === undefined ? (call.signal.aborted ? "aborted" : "failed") : "timeout";
      account.end({ status, error: shownError(reason) });
      throw reason;
    } finally {
      limit.end();
    }
  }
}
