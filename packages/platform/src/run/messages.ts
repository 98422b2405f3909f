import type { AssistantMessage } from "@cloison/sessions";

/** Text of an answer, its blocks joined by blank lines. */
export function textOf(message: AssistantMessage | undefined): string {
  const texts = message?.content.flatMap((block) =>
    block.type === "text" && block.text !== "" ? block.text : [],
  );
  return (texts ?? []).join("\n\n");
}
