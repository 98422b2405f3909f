import type { RunBudget } from "../budget/run-budget.ts";
import { InvalidOptionError } from "../errors/option-errors.ts";
import { effectiveSubagents } from "../options/subagent-options.ts";
import type { RunListener } from "../run/run-events.ts";
import type { RunExtras } from "../run/run-extras.ts";
import { parseRunOptions, type RunRequest } from "../run/run-options.ts";
import type { RunParts } from "../run/run-parts.ts";
import type { RunPlace } from "../run/run-place.ts";
import type { RunResult } from "../run/run-result.ts";
import { SubagentSpawner, type SubagentTask } from "./spawner.ts";
import type { SubagentPlace } from "./subagent-place.ts";
import { subagentPrompt } from "./subagent-prompt.ts";
import { SubagentTree } from "./subagent-tree.ts";

/** Runs a request in the same place. */
export type Run = (place: RunPlace, request: RunRequest, extras: RunExtras) => Promise<RunResult>;

/**
 * The bounds of a run's subagents: for a run of the application its own, if it may have any, for a subagent those of
 * the run that it belongs to.
 *
 * @throws InvalidOptionError when the run is to have subagents, and there are no roles
 */
export function treeOf(
  place: RunPlace,
  request: RunRequest,
  { emit, subagent }: { readonly emit: RunListener; readonly subagent: SubagentPlace | undefined },
): SubagentTree | undefined {
  if (subagent !== undefined) return subagent.tree;
  if (!request.enableSubagents) return undefined;
  const setup = effectiveSubagents(place.defaultSubagents, place.config.subagents);
  if (setup.roles.size === 0) {
    throw new InvalidOptionError(
      "enableSubagents",
      "run: enableSubagents needs roles; give subagents: { roles } to createWorkspace or createPlatform",
    );
  }
  return new SubagentTree({ setup, registry: place.subagents(), choice: request.choice, emit });
}

/** The agent that may start subagents. */
export interface SpawnerSetting {
  readonly place: RunPlace;
  readonly request: RunRequest;
  readonly parts: RunParts;
  readonly budget: RunBudget;
  readonly tree: SubagentTree;
  readonly subagent: SubagentPlace | undefined;
  readonly run: Run;
}

/** What starts the subagents of one agent, each by a run in the same workspace. */
export function openSpawner(setting: SpawnerSetting): SubagentSpawner {
  const { place, request, parts, budget, tree, subagent, run } = setting;
  return new SubagentSpawner({
    tree,
    budget,
    place,
    parent: subagent,
    parentSession: parts.session.id,
    files: { view: parts.view, sandbox: parts.sandbox },
    run: async (task, child) => run(place, requestOf(request, task, child), { subagent: child }),
  });
}

/** A subagent is asked as its parent is, with the same keys, but for what its role says. */
function requestOf(parent: RunRequest, task: SubagentTask, { role }: SubagentPlace): RunRequest {
  const { provider, model, baseUrl, fallbacks, systemPrompt = subagentPrompt, budget } = role;
  const { maxTurns = parent.maxTurns } = role;
  const { toolExecution, toolTimeoutMs } = parent;
  const { busyTimeoutMs, apiKeys, maxRetries, deadlineMs, attemptTimeoutMs, jumpOn, context } = parent;
  return {
    ...parseRunOptions({ ...task, systemPrompt }),
    choice: { provider, model, baseUrl, fallbacks },
    budget,
    maxTurns,
    toolExecution,
    toolTimeoutMs,
    busyTimeoutMs,
    apiKeys,
    maxRetries,
    deadlineMs,
    attemptTimeoutMs,
    jumpOn,
    context,
  };
}
