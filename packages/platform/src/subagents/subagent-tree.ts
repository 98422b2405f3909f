import type { ModelChoice } from "../broker/model-choice.ts";
import { SubagentLimitError } from "../errors/subagent-errors.ts";
import type { SubagentSetup } from "../options/subagent-options.ts";
import type { RunListener } from "../run/run-events.ts";
import type { SubagentRecord, SubagentRegistry } from "./registry.ts";

/** What all subagents of one run have in common, those of subagents included. The host keeps it. */
export interface SubagentTreeParts {
  readonly setup: SubagentSetup;
  readonly registry: SubagentRegistry;
  /** What the application's run says about the model. */
  readonly choice: ModelChoice;
  /** The application's listener. */
  readonly emit: RunListener;
}

/** The subagents of one run of the application: their bounds and what became of them. */
export class SubagentTree {
  readonly parts: SubagentTreeParts;
  readonly #records = new Map<string, SubagentRecord>();

  constructor(parts: SubagentTreeParts) {
    this.parts = parts;
  }

  /**
   * Counts one more, which is never given back: a run that starts ever new ones comes to its end.
   *
   * @throws SubagentLimitError
   */
  add(record: SubagentRecord): void {
    const { maxDepth, maxTotal } = this.parts.setup;
    if (record.depth > maxDepth) throw new SubagentLimitError("maxDepth", maxDepth);
    if (this.#records.size >= maxTotal) throw new SubagentLimitError("maxTotal", maxTotal);
    this.#records.set(record.id, record);
    this.parts.registry.add(record);
  }

  change(id: string, news: Partial<Omit<SubagentRecord, "id">>): void {
    const known = this.#records.get(id);
    if (known === undefined) return;
    this.#records.set(id, { ...known, ...news });
    this.parts.registry.change(id, news);
  }

  /** All of them, in the order in which they were asked for. */
  get records(): readonly SubagentRecord[] {
    return [...this.#records.values()];
  }
}
