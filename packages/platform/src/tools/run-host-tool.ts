import type { JsonObject } from "@cloison/sessions";
import { wordsOf } from "../errors/words-of.ts";
import { boundedContent } from "./bounded-content.ts";
import { compileSchema } from "./compile-schema.ts";
import type { HostTool, ToolContent, ToolOutcome } from "./host-tool.ts";

/** The end of what a tool shows of its way. */
const MOST_UPDATE_CHARS = 4096;

/** One call of a host tool, with input that may still be anything. */
export interface HostToolInput {
  readonly toolCallId: string;
  readonly input: JsonObject;
  /** The run's; the tool's own is stronger. */
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal;
  readonly onUpdate: (text: string) => void;
}

/** What is wrong with the input of a tool, for the model to put right; undefined when it fits. */
export async function inputComplaint(
  { name, parameters }: HostTool,
  input: JsonObject,
): Promise<string | undefined> {
  const compiled = await compileSchema(parameters);
  if ("refused" in compiled) return `${name} cannot be called: ${compiled.refused}`;
  const complaint = compiled.check(input);
  return complaint === undefined ? undefined : `The arguments of ${name} are not valid: ${complaint}.`;
}

/**
 * Runs a tool of the host with input that fits. What it throws is for the model, and so is that its time is over:
 * then nobody waits for it any more.
 *
 * @throws the signal's reason
 */
export async function runHostTool(tool: HostTool, call: HostToolInput): Promise<ToolOutcome> {
  const { toolCallId, input, signal } = call;
  signal.throwIfAborted();
  const timeoutMs = tool.timeoutMs ?? call.timeoutMs;
  const late = new AbortController();
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => late.abort(new DOMException("The tool's time is over", "TimeoutError")), timeoutMs);
  const either = AbortSignal.any([signal, late.signal]);
  const ended = Promise.withResolvers<never>();
  either.addEventListener("abort", () => ended.reject(either.reason), { once: true });
  let over = false;
  const onUpdate = (text: string) => {
    if (!over) call.onUpdate(String(text).slice(-MOST_UPDATE_CHARS).toWellFormed());
  };
  try {
    // In a promise of its own: a tool that throws at once is no different.
    const work = Promise.resolve().then(() => tool.execute(input, { toolCallId, signal: either, onUpdate }));
    return outcomeOf(tool.name, await Promise.race([work, ended.promise]));
  } catch (error) {
    signal.throwIfAborted();
    if (late.signal.aborted) {
      return failure(`${tool.name} timed out after ${timeoutMs} ms; what it had begun may have been done.`);
    }
    return failure(wordsOf(error) || `${tool.name} failed.`);
  } finally {
    over = true;
    clearTimeout(timer);
  }
}

/** A result that tells the model what went wrong. */
export function failure(text: string): ToolOutcome {
  return { content: boundedContent(text) ?? [], isError: true };
}

function outcomeOf(name: string, returned: readonly ToolContent[]): ToolOutcome {
  const content = boundedContent(returned);
  return content === undefined
    ? failure(`${name} was carried out, but what it returned is neither text nor an image.`)
    : { content, isError: false };
}
