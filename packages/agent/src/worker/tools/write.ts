import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { writeDefinition } from "../../tool-definitions.ts";
import { replaceFile } from "../open-file.ts";
import { onPath, resolvePath, shownPath } from "../paths.ts";
import { defineTool } from "../tool.ts";

/** `write`: a whole file, with the directories that it needs. */
export const writeTool = defineTool(writeDefinition, ({ path, content }) => {
  const target = resolvePath(path);
  onPath(dirname(target), "make", () => mkdirSync(dirname(target), { recursive: true }));
  replaceFile(target, "write", content);
  return `Wrote ${Buffer.byteLength(content)} bytes to ${shownPath(target)}.`;
});
