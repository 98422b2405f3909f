import type { ArgumentsOf, ParametersSchema } from "../json-schema.ts";
import type { ToolDefinition } from "../tool-definitions.ts";
import { checkArguments } from "./check-arguments.ts";

/** What a tool has besides its arguments. */
export interface ToolContext {
  /** Aborts when the run does. The tool must stop what it started and reject soon after. */
  readonly signal: AbortSignal;
  /** Offers the output so far. Called back at most a few times a second, so building the text is cheap. */
  readonly onUpdate: (text: () => string) => void;
}

/** A tool that the worker runs itself. */
export interface WorkerTool {
  readonly definition: ToolDefinition;
  /** Resolves with the text for the model; rejects, with the message for the model, when the tool failed. */
  execute(args: unknown, context: ToolContext): Promise<string>;
}

/** Joins a definition and its code, with the arguments checked in between. */
export function defineTool<S extends ParametersSchema>(
  definition: ToolDefinition & { readonly parameters: S },
  execute: (args: ArgumentsOf<S>, context: ToolContext) => string | Promise<string>,
): WorkerTool {
  return {
    definition,
    execute: async (args, context) =>
      execute(checkArguments(definition.name, definition.parameters, args), context),
  };
}
