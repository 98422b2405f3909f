import { headAndTail } from "@cloison/sessions";
import { decoded, imageTypeOf, MOST_BYTES_IN_ALL } from "../options/images.ts";
import type { ToolContent } from "./host-tool.ts";

/** Most characters (UTF-16 code units) of all texts of one result. The sandbox's tools have the same bound. */
const MOST_CHARS = 128 * 1024;
const MOST_BLOCKS = 16;
/** What says that something was left out is no longer. */
const NOTE_CHARS = 64;
const MOST_IMAGE_BYTES = 5 * 1024 * 1024;
const IMAGE_TYPES: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

/**
 * What a tool of the host returned, made fit for a model: of texts that are too long the beginning and the end,
 * of blocks that are too many the first. An empty result says so, since no model takes one that holds nothing.
 *
 * @returns undefined when it is nothing that a tool may return
 */
export function boundedContent(given: unknown): readonly ToolContent[] | undefined {
  const list: unknown = typeof given === "string" ? [{ type: "text", text: given }] : given;
  if (!Array.isArray(list)) return undefined;
  const kept = list.slice(0, MOST_BLOCKS);
  const blocks = kept.map(readBlock).filter((block) => block !== undefined);
  if (blocks.length < kept.length) return undefined;
  const shown = shorten(withinBytes(blocks)).filter((block) => block.type === "image" || block.text !== "");
  if (list.length > kept.length) {
    shown.push({ type: "text", text: `[${list.length - kept.length} further blocks were left out]` });
  }
  return shown.length > 0 ? shown : [{ type: "text", text: "(no output)" }];
}

function readBlock(block: unknown): ToolContent | undefined {
  if (typeof block !== "object" || block === null || !("type" in block)) return undefined;
  if (block.type === "text" && "text" in block && typeof block.text === "string") {
    return { type: "text", text: block.text };
  }
  if (block.type !== "image" || !("data" in block) || !("mimeType" in block)) return undefined;
  const { data, mimeType } = block;
  if (typeof data !== "string" || typeof mimeType !== "string" || !IMAGE_TYPES.has(mimeType))
    return undefined;
  if ((data.length / 4) * 3 > MOST_IMAGE_BYTES + 3) {
    return { type: "text", text: "[an image of more than 5 MB was left out]" };
  }
  // By what it is, not by what is said of it: a provider refuses the talk with an image that is none, now and later.
  const bytes = decoded(data);
  const found = bytes === undefined ? undefined : imageTypeOf(bytes);
  return found === undefined ? undefined : { type: "image", data, mimeType: found };
}

/** Together they may be as large as those of one message; the first ones stay. */
function withinBytes(blocks: readonly ToolContent[]): ToolContent[] {
  let bytes = 0;
  return blocks.map((block) => {
    if (block.type === "text") return block;
    const own = (block.data.length / 4) * 3;
    if (bytes + own > MOST_BYTES_IN_ALL)
      return { type: "text", text: "[an image was left out: all of them are more than 20 MiB]" };
    bytes += own;
    return block;
  });
}

/** Each text may have its share of what all may have. */
function shorten(blocks: readonly ToolContent[]): ToolContent[] {
  const texts = blocks.flatMap((block) => (block.type === "text" ? [block.text] : []));
  const total = texts.reduce((sum, text) => sum + text.length, 0);
  const share = total <= MOST_CHARS ? MOST_CHARS : Math.floor(MOST_CHARS / texts.length) - NOTE_CHARS;
  return blocks.map((block) =>
    block.type === "text" ? { type: "text", text: headAndTail(block.text, share).toWellFormed() } : block,
  );
}
