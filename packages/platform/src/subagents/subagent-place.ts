import type { RunBudget } from "../budget/run-budget.ts";
import type { SubagentRole } from "../options/subagent-options.ts";
import type { FilesView } from "./files-view.ts";
import type { SubagentTree } from "./subagent-tree.ts";

/** What makes a run a subagent's. The host keeps all of it; nothing of it is ever read from a sandbox. */
export interface SubagentPlace {
  readonly id: string;
  /** 1 for a subagent of the application's run. */
  readonly depth: number;
  readonly role: SubagentRole;
  readonly parentSession: string;
  /** The parent's, which counts what its subagents spend. */
  readonly budget: RunBudget;
  readonly view: FilesView;
  readonly tree: SubagentTree;
}

const RUN_ID = "subagent:";

/** How a subagent's run is marked in its session. */
export function subagentRunId({ id }: Pick<SubagentPlace, "id">): string {
  return `${RUN_ID}${id}`;
}

/**
 * Whether a mark is of a subagent's run. By itself it is never to go on: it would do so without its bounds, and with
 * the workspace's own files.
 */
export function isSubagentRun(runId: string): boolean {
  return runId.startsWith(RUN_ID);
}
