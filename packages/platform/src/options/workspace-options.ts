import type { ModelChoice } from "../broker/model-choice.ts";
import { type Budget, optionalBudget } from "../budget/limits.ts";
import { readModelChoice } from "./fallbacks.ts";
import { readOptions } from "./option-reader.ts";
import { optionalSubagents, type SubagentOptions } from "./subagent-options.ts";

/** What a workspace keeps of its set-up. It lies unencrypted on disk, so it holds no secret. */
export interface WorkspaceConfig extends ModelChoice {
  /** System prompt of every run in this workspace that gives none of its own. */
  readonly systemPrompt?: string | undefined;
  /** What each run, day and month may cost. Each limit takes the place of the platform's. */
  readonly budget?: Budget | undefined;
  /** Subagents of its runs. Its roles take the place of all of the platform's, and each bound that of the platform's. */
  readonly subagents?: SubagentOptions | undefined;
}

const KNOWN = ["provider", "model", "baseUrl", "fallbacks", "systemPrompt", "budget", "subagents"] as const;

/**
 * Checks a workspace's configuration, whether it comes from a caller or from disk.
 *
 * @throws InvalidOptionError
 */
export function parseWorkspaceConfig(input: unknown = {}): WorkspaceConfig {
  if (typeof input === "object" && input !== null && "apiKeys" in input) {
    throw readOptions("createWorkspace", {}, []).refuse(
      "apiKeys",
      "is not kept by a workspace, whose configuration lies unencrypted on disk; pass it to createPlatform or run",
    );
  }
  const options = readOptions("createWorkspace", input, KNOWN);
  return {
    ...readModelChoice(options),
    systemPrompt: options.optionalText("systemPrompt"),
    budget: optionalBudget(options),
    subagents: optionalSubagents(options),
  };
}
