import type { Message } from "@earendil-works/pi-ai";
import { ImagesNotSupportedError } from "../errors/model-errors.ts";
import type { EndpointShelf } from "./endpoint-shelf.ts";
import type { ModelTarget } from "./model-choice.ts";

/**
 * Whether what was said since the last whole answer holds an image. A model that takes none would not be told
 * what it is asked about. Images of earlier talk, and those of tools, may be left out: there it is told so.
 */
export function needsImages(messages: readonly Message[]): boolean {
  const answered = messages.findLastIndex(
    (message) => message.role === "assistant" && !message.content.some((block) => block.type === "toolCall"),
  );
  return messages.slice(answered + 1).some(hasImage);
}

export function hasImage(message: Message): boolean {
  return (
    message.role === "user" &&
    typeof message.content !== "string" &&
    message.content.some((block) => block.type === "image")
  );
}

/**
 * The models that take images, and those of which nobody knows: their provider will tell.
 *
 * @throws ImagesNotSupportedError when there is none
 */
export async function imageTargets(
  targets: readonly ModelTarget[],
  endpoints: EndpointShelf,
): Promise<[ModelTarget, ...ModelTarget[]]> {
  const taking = await Promise.all(targets.map((target) => takesImages(target, endpoints)));
  const [first, ...rest] = targets.filter((_, index) => taking[index]);
  if (first === undefined) {
    throw new ImagesNotSupportedError(targets.map(({ provider, model }) => `${provider}/${model}`));
  }
  return [first, ...rest];
}

async function takesImages(target: ModelTarget, endpoints: EndpointShelf): Promise<boolean> {
  try {
    return (await endpoints.load(target)).model.input.includes("image");
  } catch {
    // It cannot be called at all; its attempt says why.
    return true;
  }
}
