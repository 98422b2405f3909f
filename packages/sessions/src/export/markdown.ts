import type { SessionInfo } from "../info.ts";
import type { Passage, PassageBlock } from "./passage.ts";

export function markdownHead({ id, title, createdAt }: SessionInfo): string {
  return `# ${oneLine(title ?? id)}\n\nSession ${code(id)}, begun ${oneLine(createdAt)}\n`;
}

/** Words stand as they were said, which may be Markdown; what goes to tools and comes from them in fences. */
export function markdownPassage({ kind, heading, blocks }: Passage): string {
  const head = kind === "note" ? `*${oneLine(heading)}*` : `## ${oneLine(heading)}`;
  return `\n${[head, ...blocks.map(blockText)].join("\n\n")}\n`;
}

function blockText(block: PassageBlock): string {
  switch (block.type) {
    case "text":
      return block.text;
    case "thinking":
      return block.text.replace(/^/gm, "> ");
    case "verbatim":
      return block.label === "" ? fenced(block.text) : `**${oneLine(block.label)}**\n\n${fenced(block.text)}`;
    case "image":
      return `*(image, ${oneLine(block.mimeType)})*`;
  }
}

/** A fence is longer than any in the text, so that the text cannot end it. */
function fenced(text: string): string {
  const runs = text.match(/`{3,}/g) ?? [];
  const fence = "`".repeat(runs.reduce((length, run) => Math.max(length, run.length + 1), 3));
  return `${fence}\n${text}\n${fence}`;
}

function code(text: string): string {
  return `\`${text.replaceAll("`", "'")}\``;
}

/** Names are of other people's making: no line break, and nothing that Markdown or HTML would read. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\`*_[\]<>&#]/g, "\\$&");
}
