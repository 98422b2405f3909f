import type { UserMessage } from "@cloison/sessions";
import { readOptions } from "../options/option-reader.ts";
import { readMessage } from "./run-options.ts";

/**
 * Checks what is said to a run, and gives it on. What is wrong with it is the promise's rejection. The promise
 * is the inbox's own, which nobody is made to handle.
 *
 * @throws nothing
 */
export function parseSaid(
  where: string,
  message: unknown,
  say: (message: UserMessage) => Promise<void>,
): Promise<void> {
  try {
    const content = readMessage(readOptions(where, { message }, ["message"]));
    return say({ role: "user", content, timestamp: Date.now() });
  } catch (error) {
    return Promise.reject(error);
  }
}
