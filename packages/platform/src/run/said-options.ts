import type { UserMessage } from "@cloison/sessions";
import { type ImageInput, optionalImages } from "../options/images.ts";
import { readOptions } from "../options/option-reader.ts";
import { userMessage } from "./messages.ts";
import { readMessage } from "./run-options.ts";

/** What is said to a run that goes on: words, or words and images. */
export type RunMessage =
  | string
  | { readonly message: string; readonly images?: readonly ImageInput[] | undefined };

/**
 * Checks what is said to a run, and gives it on. What is wrong with it is the promise's rejection. The promise
 * is the inbox's own, which nobody is made to handle.
 *
 * @throws nothing
 */
export function parseSaid(
  where: string,
  said: RunMessage,
  say: (message: UserMessage) => Promise<void>,
): Promise<void> {
  try {
    const given = typeof said === "string" ? { message: said } : said;
    const options = readOptions(where, given, ["message", "images"]);
    return say(userMessage(readMessage(options), optionalImages(options)));
  } catch (error) {
    return Promise.reject(error);
  }
}
