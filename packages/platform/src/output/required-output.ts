import type { JsonValue, ToolResultMessage } from "@cloison/sessions";
import type { HostTool } from "../tools/host-tool.ts";
import type { OutputRequest } from "./output-options.ts";
import { outputParameters } from "./output-parameters.ts";

/** The tool by which the model gives the output. */
export const SUBMIT_OUTPUT = "submit_output";

const DESCRIPTION =
  "Gives the result of the whole task and ends it. Call it once, alone, when everything is done and checked.";

/** What the model is told beside the system prompt. */
export const OUTPUT_PROMPT = `When the task is done, call the tool ${SUBMIT_OUTPUT} with its result, without any other tool. Only what you give there counts as the result; words alone do not.`;

/** What the model is told when it ends in words. */
export const OUTPUT_REMINDER = `This was not given by ${SUBMIT_OUTPUT}, so it does not count. Call ${SUBMIT_OUTPUT} with the result now.`;

/** Why an answer was not taken for the output. */
export interface OutputFailure {
  /** What is wrong, as the model was told it. */
  readonly problem: string;
  /** How often it has failed, this time included. */
  readonly failures: number;
  readonly isLast: boolean;
}

/**
 * The output that a run must give: what the model calls a tool of the host with, once its input has been found
 * to fit the schema, all hooks have let it pass, and the result is in the conversation.
 */
export class RequiredOutput {
  readonly tool: HostTool;
  readonly #retries: number;
  readonly #submitted = new Map<string, JsonValue>();
  #given: { readonly value: JsonValue; readonly stored: Promise<void> } | undefined;
  #problem: string | undefined;
  #failures = 0;

  constructor({ schema, retries }: OutputRequest) {
    const { parameters, outputOf } = outputParameters(schema);
    this.#retries = retries;
    this.tool = {
      name: SUBMIT_OUTPUT,
      description: DESCRIPTION,
      parameters,
      replay: "safe",
      parallel: false,
      execute: async (input, { toolCallId }) => {
        this.#submitted.set(toolCallId, outputOf(input));
        return [{ type: "text", text: "This is the result." }];
      },
    };
  }

  /** Undefined as long as there is none. */
  get given(): { readonly value: JsonValue } | undefined {
    return this.#given;
  }

  /** Resolves when the output is stored. */
  async stored(): Promise<void> {
    await this.#given?.stored;
  }

  /** Sees each tool result that the conversation gets. The last good output of an answer counts. */
  note({ toolCallId, toolName, isError, content }: ToolResultMessage, stored: Promise<void>): void {
    if (toolName !== SUBMIT_OUTPUT) return;
    const value = this.#submitted.get(toolCallId);
    if (isError || value === undefined) {
      this.#problem = content.flatMap((block) => (block.type === "text" ? block.text : [])).join("\n");
    } else this.#given = { value, stored };
  }

  /** The talk goes on all the same: what was given is not the result of all that was asked. */
  reopen(): void {
    this.#given = undefined;
    this.#problem = undefined;
  }

  /** What of the answer's tool calls was meant as the output, and is none. */
  takeFailure(): OutputFailure | undefined {
    const problem = this.#problem;
    this.#problem = undefined;
    return problem === undefined ? undefined : this.fail(problem);
  }

  /** The model has ended without an output. */
  fail(problem: string): OutputFailure {
    this.#failures += 1;
    return { problem, failures: this.#failures, isLast: this.#failures > this.#retries };
  }
}
