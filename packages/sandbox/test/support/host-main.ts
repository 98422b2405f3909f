/**
 * A process that uses the library as an application would, as whatever user it was started. It evaluates the
 * functions that a test sends and answers with their results.
 *
 *   node host-main.ts PROBE ENFORCE
 */
import { runInThisContext } from "node:vm";
import { createHostTools } from "./host-tools.ts";

export interface Question {
  readonly id: number;
  /** Source of a function of the tools and the arguments. */
  readonly body: string;
  readonly args: readonly unknown[];
}

export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: { readonly name: string; readonly message: string; readonly code: unknown };
}

const [probe = "", enforce] = process.argv.slice(2);
const tools = createHostTools(probe, enforce === "best-effort" ? "best-effort" : "required");

async function answer({ id, body, args }: Question): Promise<Answer> {
  try {
    return { id, value: await runInThisContext(`(${body})`)(tools, ...args) };
  } catch (error) {
    const { name, message, stack } = error instanceof Error ? error : new TypeError(String(error));
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return { id, error: { name, message: `${message}\n${stack}`, code } };
  }
}

process.on("message", async (question: Question) => {
  process.send?.(await answer(question));
});
process.on("disconnect", () => process.exit());
