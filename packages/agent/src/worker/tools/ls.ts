import type { Dirent } from "node:fs";
import { lsDefinition } from "../../tool-definitions.ts";
import { onPath, resolvePath } from "../paths.ts";
import { keepFirstLines } from "../text-limit.ts";
import { defineTool } from "../tool.ts";
import { readEntries } from "../walk.ts";

function mark(entry: Dirent): string {
  if (entry.isDirectory()) return `${entry.name}/`;
  return entry.isSymbolicLink() ? `${entry.name}@` : entry.name;
}

/** `ls`: the names in a directory. */
export const lsTool = defineTool(lsDefinition, ({ path = ".", limit = 500 }) => {
  const target = resolvePath(path);
  const { entries, complete } = onPath(target, "list", () => readEntries(target));
  if (entries.length === 0) return "(empty directory)";
  const kept = keepFirstLines(entries.slice(0, limit).map(mark));
  if (complete && kept.lines === entries.length) return kept.text;
  const total = complete ? `${entries.length}` : `more than ${entries.length}`;
  return `${kept.text}\n\n[${kept.lines} of ${total} entries. Raise limit, or use find with a pattern.]`;
});
