import type { ImageContent } from "@cloison/sessions";
import { type OptionReader, readOptions } from "./option-reader.ts";

/** An image that the model is to see: PNG, JPEG, GIF or WebP. */
export interface ImageInput {
  /** The image file's bytes, at most 5 MiB; or the same in base64, without `data:` before it. */
  readonly data: Uint8Array | string;
  /** `image/png`, `image/jpeg`, `image/gif` or `image/webp`. Default: what the first bytes say. */
  readonly mimeType?: string | undefined;
}

const MOST_IMAGES = 20;
/** Anthropic's limit for one image (docs, "Vision"); no provider that is built in takes less. */
const MOST_BYTES = 5 * 1024 * 1024;
/** In base64 a third more: with the conversation it stays below the 32 MB that Anthropic takes in one request. */
export const MOST_BYTES_IN_ALL = 20 * 1024 * 1024;

/**
 * Reads the option `images`.
 *
 * @throws InvalidOptionError
 */
export function optionalImages(options: OptionReader): readonly ImageContent[] {
  const list = options.optionalList("images") ?? [];
  if (list.length > MOST_IMAGES) throw options.refuse("images", `must hold at most ${MOST_IMAGES} images`);
  const images = list.map((given, index) => readImage(options, given, `images[${index}]`));
  const bytes = images.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (bytes > MOST_BYTES_IN_ALL)
    throw options.refuse("images", "are more than 20 MiB in all; make them smaller");
  return images.map(({ bytes, mimeType }) => ({ type: "image", data: bytes.toString("base64"), mimeType }));
}

interface Image {
  readonly bytes: Buffer;
  readonly mimeType: string;
}

function readImage(options: OptionReader, given: unknown, where: string): Image {
  const image = readOptions(`the option ${where}`, given, ["data", "mimeType"]);
  const bytes = bytesOf(given);
  if (bytes === undefined) {
    throw options.refuse(
      `${where}.data`,
      "must be the bytes of an image, or these in base64 without data: before it",
    );
  }
  if (bytes.length > MOST_BYTES) throw options.refuse(`${where}.data`, "is more than 5 MiB; make it smaller");
  const mimeType = imageTypeOf(bytes);
  if (mimeType === undefined) throw options.refuse(`${where}.data`, "is not a PNG, JPEG, GIF or WebP image");
  const named = image.optionalText("mimeType");
  if (named !== undefined && named !== mimeType) {
    throw options.refuse(`${where}.mimeType`, `is ${JSON.stringify(named)}, but the image is ${mimeType}`);
  }
  return { bytes, mimeType };
}

function bytesOf(image: unknown): Buffer | undefined {
  const data = typeof image === "object" && image !== null && "data" in image ? image.data : undefined;
  if (data instanceof Uint8Array) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (typeof data !== "string") return undefined;
  return decoded(data);
}

/** @returns undefined when it is not base64 */
export function decoded(data: string): Buffer | undefined {
  // Decoding passes over what is no base64; what comes out is then not what was given.
  const bytes = Buffer.from(data, "base64");
  return bytes.toString("base64") === data ? bytes : undefined;
}

/** By the first bytes, as each format's specification gives them; undefined for what is none of the four. */
export function imageTypeOf(bytes: Buffer): string | undefined {
  const start = bytes.toString("latin1", 0, 12);
  if (start.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (start.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (start.startsWith("GIF87a") || start.startsWith("GIF89a")) return "image/gif";
  if (start.startsWith("RIFF") && start.endsWith("WEBP")) return "image/webp";
  return undefined;
}
