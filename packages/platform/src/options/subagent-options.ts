import { builtinTools } from "@cloison/agent";
import type { ModelChoice } from "../broker/model-choice.ts";
import { type Budget, optionalBudget } from "../budget/limits.ts";
import { readModelChoice } from "./fallbacks.ts";
import { type OptionReader, readOptions } from "./option-reader.ts";

/**
 * What a subagent sees at `/workspace`: an empty place, the files of the agent that started it without a right
 * to change them, or a private copy of them that is gone with it.
 */
export type SubagentFiles = "none" | "read-only" | "fork";

/**
 * One kind of subagent. The sandbox names a role and a task; all else is said here. Provider, model, base URL and
 * fallbacks stand before those of the application's run.
 */
export interface SubagentRole extends ModelChoice {
  /** What the role is good for; the agent that may start it reads this. At most 1,000 characters. */
  readonly description: string;
  /** Default: words that say it is a subagent, and that its last answer is its result. */
  readonly systemPrompt?: string | undefined;
  /** Default `read-only`. */
  readonly files?: SubagentFiles | undefined;
  /** Those of the sandbox's tools that it may call, such as `["read", "grep"]`. Default: all of them. */
  readonly tools?: readonly string[] | undefined;
  /** How often its model may answer, 1 to 10,000. Default: the run's. */
  readonly maxTurns?: number | undefined;
  /** Milliseconds of its life, its subagents' included, 1 to 86,400,000. Default 600,000. */
  readonly timeoutMs?: number | undefined;
  /** What it may spend, its subagents included. It holds beside the budgets above it, and never adds to them. */
  readonly budget?: Pick<Budget, "run"> | undefined;
  /** Roles that it may start itself. Default: none. */
  readonly canSpawn?: readonly string[] | undefined;
}

/** Which subagents runs may start that have `enableSubagents: true`, and how many. */
export interface SubagentOptions {
  /** By name: 1 to 64 letters, digits, dashes and underscores. At most 32. */
  readonly roles?: Readonly<Record<string, SubagentRole>> | undefined;
  /** How deep subagents of subagents go, 1 to 5. Default 2. The host counts. */
  readonly maxDepth?: number | undefined;
  /** How many of one agent go on at once, 1 to 64; further ones wait. Default 4. */
  readonly maxConcurrent?: number | undefined;
  /** How many one run may start in all, subagents of subagents included, 1 to 1,000. Default 20. */
  readonly maxTotal?: number | undefined;
}

/** What holds for a run. */
export interface SubagentSetup {
  readonly roles: ReadonlyMap<string, SubagentRole>;
  readonly maxDepth: number;
  readonly maxConcurrent: number;
  readonly maxTotal: number;
}

const KNOWN = ["roles", "maxDepth", "maxConcurrent", "maxTotal"] as const;
const KNOWN_OF_ROLE = [
  "description",
  "systemPrompt",
  "provider",
  "model",
  "baseUrl",
  "fallbacks",
  "files",
  "tools",
  "maxTurns",
  "timeoutMs",
  "budget",
  "canSpawn",
] as const;
const FILES: readonly SubagentFiles[] = ["none", "read-only", "fork"];
const ROLE = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const MOST_ROLES = 32;
const MOST_DESCRIPTION = 1000;

/**
 * Reads the option `subagents`.
 *
 * @throws InvalidOptionError
 */
export function optionalSubagents(options: OptionReader): SubagentOptions | undefined {
  const given = options.optionalObject("subagents");
  if (given === undefined) return undefined;
  const subagents = readOptions("the option subagents", given, KNOWN);
  return {
    roles: readRoles(subagents),
    maxDepth: subagents.optionalWhole("maxDepth", { least: 1, most: 5 }),
    maxConcurrent: subagents.optionalWhole("maxConcurrent", { least: 1, most: 64 }),
    maxTotal: subagents.optionalWhole("maxTotal", { least: 1, most: 1000 }),
  };
}

/**
 * What holds where platform and workspace both say something: the workspace's roles take the place of all of the
 * platform's, and each of its bounds that of the platform's.
 */
export function effectiveSubagents(
  platform: SubagentOptions | undefined,
  workspace: SubagentOptions | undefined,
): SubagentSetup {
  const roles = workspace?.roles ?? platform?.roles ?? {};
  return {
    roles: new Map(Object.entries(roles)),
    maxDepth: workspace?.maxDepth ?? platform?.maxDepth ?? 2,
    maxConcurrent: workspace?.maxConcurrent ?? platform?.maxConcurrent ?? 4,
    maxTotal: workspace?.maxTotal ?? platform?.maxTotal ?? 20,
  };
}

function readRoles(options: OptionReader): Readonly<Record<string, SubagentRole>> | undefined {
  const given = options.optionalObject("roles");
  if (given === undefined) return undefined;
  const names = Object.keys(given);
  if (names.length > MOST_ROLES) throw options.refuse("roles", `must be at most ${MOST_ROLES}`);
  for (const name of names) {
    // A name may end up as a key of somebody's plain object; some would reach its prototype.
    if (!ROLE.test(name) || name in Object.prototype)
      throw options.refuse(
        "roles",
        `: ${JSON.stringify(name)} is no name; use letters, digits, dashes, underscores`,
      );
  }
  const roles = names.map((name) => [name, readRole(name, given[name], names)] as const);
  return Object.fromEntries(roles);
}

function readRole(name: string, given: unknown, names: readonly string[]): SubagentRole {
  const role = readOptions(`the option subagents.roles.${name}`, given, KNOWN_OF_ROLE);
  const description = role.text("description");
  if (description.length > MOST_DESCRIPTION)
    throw role.refuse("description", `must be at most ${MOST_DESCRIPTION} characters`);
  const files = role.optionalText("files");
  const known = FILES.find((one) => one === files);
  if (files !== undefined && known === undefined)
    throw role.refuse("files", `must be one of ${FILES.join(", ")}`);
  return {
    ...readModelChoice(role),
    description,
    systemPrompt: role.optionalText("systemPrompt"),
    files: known,
    tools: readNames(role, "tools", toolNames),
    maxTurns: role.optionalWhole("maxTurns", { least: 1, most: 10_000 }),
    timeoutMs: role.optionalWhole("timeoutMs", { least: 1, most: 86_400_000 }),
    budget: optionalBudget(role, ["run"]),
    canSpawn: readNames(role, "canSpawn", names),
  };
}

const toolNames = builtinTools.map((tool) => tool.name);

function readNames(
  options: OptionReader,
  option: string,
  known: readonly string[],
): readonly string[] | undefined {
  return options.optionalList(option)?.map((name) => {
    const found = known.find((one) => one === name);
    if (found === undefined)
      throw options.refuse(option, `: ${JSON.stringify(name)} is none of ${known.join(", ")}`);
    return found;
  });
}
