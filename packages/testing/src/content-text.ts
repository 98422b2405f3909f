import { asList, isRecord } from "./fields.ts";

/** The text of a message's content in either protocol: the string itself, or its text parts joined by newlines. */
export function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  return asList(content)
    .flatMap((part) =>
      isRecord(part) && part.type === "text" && typeof part.text === "string" ? [part.text] : [],
    )
    .join("\n");
}
