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
 * Checks what is said to a run, and gives it on. What is wrong with it, and that there is no such run, is the promise's
 * rejection, which nobody is made to handle: a run may end at any moment, and whoever says something in passing must
 * not end the process by it.
 *
 * @throws nothing
 */
export function parseSaid(
  where: string,
  said: RunMessage,
  say: (message: UserMessage) => Promise<void>,
): Promise<void> {
  const read = async () => {
    const given = typeof said === "string" ? { message: said } : said;
    const options = readOptions(where, given, ["message", "images"]);
    await say(userMessage(readMessage(options), optionalImages(options)));
  };
  const told = read();
  told.catch(() => undefined);
  return told;
}
