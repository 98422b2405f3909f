import type { JsonObject } from "@cloison/sessions";
import { InvalidOptionError } from "../errors/option-errors.ts";
import { type OptionReader, readOptions } from "../options/option-reader.ts";
import { optionalSchema } from "../options/schema.ts";
import { isBuiltin } from "./collect-host-tools.ts";
import { compileSchema } from "./compile-schema.ts";
import type { CustomTool } from "./custom-tool.ts";
import type { ToolExecution } from "./tool-batch.ts";

const KNOWN = [
  "name",
  "description",
  "parameters",
  "execute",
  "timeoutMs",
  "replay",
  "parallel",
] satisfies (keyof CustomTool)[];

/** What models of all providers take. */
const NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const MOST_TOOLS = 100;
const MOST_MS = 86_400_000;
const EXECUTIONS: readonly ToolExecution[] = ["safe-parallel", "parallel", "sequential"];

/** A custom tool, checked and copied: what happens to the caller's object later is of no matter. */
export interface CustomToolSpec {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonObject;
  readonly execute: CustomTool["execute"];
  readonly timeoutMs: number | undefined;
  readonly replay: "safe" | "never";
  readonly parallel: boolean | undefined;
}

/** What a run's options say of tools. */
export interface ToolOptions {
  readonly tools: readonly CustomToolSpec[];
  /** Milliseconds for one call of any tool. */
  readonly toolTimeoutMs: number | undefined;
  readonly toolExecution: ToolExecution;
}

/** Reads the options `tools`, `toolTimeoutMs` and `toolExecution`. */
export function readToolOptions(options: OptionReader): ToolOptions {
  const list = options.optionalList("tools") ?? [];
  if (list.length > MOST_TOOLS) throw options.refuse("tools", `has more than ${MOST_TOOLS} tools`);
  const tools = list.map((tool, index) => readTool(tool, `the option tools[${index}]`));
  const twice = tools.find(({ name }, index) => tools.findIndex((tool) => tool.name === name) < index);
  if (twice !== undefined) throw options.refuse("tools", `has two tools with the name "${twice.name}"`);
  const given = options.optionalText("toolExecution") ?? "safe-parallel";
  const toolExecution = EXECUTIONS.find((execution) => execution === given);
  if (toolExecution === undefined) {
    throw options.refuse("toolExecution", `must be one of ${EXECUTIONS.join(", ")}`);
  }
  const toolTimeoutMs = options.optionalWhole("toolTimeoutMs", { least: 1, most: MOST_MS });
  return { tools, toolTimeoutMs, toolExecution };
}

function readTool(given: unknown, where: string): CustomToolSpec {
  const tool = readOptions(where, given, KNOWN);
  const name = tool.text("name");
  if (!NAME.test(name)) {
    throw tool.refuse("name", "must be 1 to 64 letters, digits, dashes and underscores");
  }
  if (isBuiltin(name)) throw tool.refuse("name", `: "${name}" is a tool of the sandbox; choose another name`);
  const replay = tool.optionalText("replay") ?? "never";
  if (replay !== "safe" && replay !== "never") throw tool.refuse("replay", "must be safe or never");
  const parallel = tool.optionalFlag("parallel");
  return {
    name,
    description: tool.text("description"),
    parameters: readParameters(tool),
    execute: readExecute(given, tool),
    timeoutMs: tool.optionalWhole("timeoutMs", { least: 1, most: MOST_MS }),
    replay,
    parallel,
  };
}

function readExecute(given: unknown, tool: OptionReader): CustomTool["execute"] {
  if (!hasExecute(given)) throw tool.refuse("execute", "must be a function");
  // On its own object: it may be a method.
  return (input, call) => given.execute(input, call);
}

function hasExecute(given: unknown): given is Pick<CustomTool, "execute"> {
  return (
    typeof given === "object" && given !== null && "execute" in given && typeof given.execute === "function"
  );
}

function readParameters(tool: OptionReader): JsonObject {
  const given = optionalSchema(tool, "parameters");
  if (given?.type !== "object") throw tool.refuse("parameters", 'must be a JSON Schema of type "object"');
  return given;
}

/**
 * The last check of what {@link readToolOptions} read, apart because it loads the code for schemas.
 *
 * @throws InvalidOptionError
 */
export async function requireUsableSchemas(tools: readonly CustomToolSpec[]): Promise<void> {
  for (const [index, { parameters }] of tools.entries()) {
    const compiled = await compileSchema(parameters);
    if ("check" in compiled) continue;
    throw new InvalidOptionError(
      "parameters",
      `the option tools[${index}]: parameters cannot be used: ${compiled.refused}`,
    );
  }
}
