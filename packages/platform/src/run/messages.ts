import type { AssistantMessage, ImageContent, UserMessage } from "@cloison/sessions";

/** Text of an answer, its blocks joined by blank lines. */
export function textOf(message: AssistantMessage | undefined): string {
  const texts = message?.content.flatMap((block) =>
    block.type === "text" && block.text !== "" ? block.text : [],
  );
  return (texts ?? []).join("\n\n");
}

/** What a user says now. */
export function userMessage(text: string, images: readonly ImageContent[]): UserMessage {
  const content = images.length === 0 ? text : [{ type: "text" as const, text }, ...images];
  return { role: "user", content, timestamp: Date.now() };
}

/** What a user said, without images. */
export function textOfUser({ content }: UserMessage): string {
  if (typeof content === "string") return content;
  return content.flatMap((block) => (block.type === "text" ? block.text : [])).join("\n\n");
}
