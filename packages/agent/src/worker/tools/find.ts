import { statSync } from "node:fs";
import { findDefinition } from "../../tool-definitions.ts";
import { ToolError } from "../errors.ts";
import { compileGlob } from "../glob.ts";
import { onPath, resolvePath, shownPath } from "../paths.ts";
import { keepFirstLines } from "../text-limit.ts";
import { defineTool } from "../tool.ts";
import { walk } from "../walk.ts";
import { createWorkBudget } from "../work-budget.ts";

const maxMs = 20_000;

/** `find`: files and directories whose name or path matches a glob. */
export const findTool = defineTool(
  findDefinition,
  async ({ pattern, path = ".", limit = 1000 }, { signal }) => {
    const root = resolvePath(path);
    if (!onPath(root, "search", () => statSync(root)).isDirectory()) {
      throw new ToolError(`Cannot search ${shownPath(root)}: it is not a directory.`);
    }
    const matches = compileGlob(pattern);
    const budget = createWorkBudget(maxMs, signal);
    const found: string[] = [];
    let more = false;
    for (const entry of walk(root)) {
      await budget.step();
      if (budget.exhausted) break;
      if (!matches(entry.below)) continue;
      more = found.length === limit;
      if (more) break;
      found.push(shownPath(entry.path) + (entry.kind === "directory" ? "/" : ""));
    }
    return report(found, { more, exhausted: budget.exhausted });
  },
);

function report(found: readonly string[], state: { more: boolean; exhausted: boolean }): string {
  const kept = keepFirstLines(found);
  const notes: string[] = [];
  if (kept.cut || state.more)
    notes.push(`Only the first ${kept.lines} results. Narrow the pattern or the path.`);
  if (state.exhausted) notes.push(`Stopped after ${maxMs / 1000} s. Narrow the path.`);
  const text = found.length === 0 ? "No files found." : kept.text;
  return notes.length === 0 ? text : `${text}\n\n[${notes.join(" ")}]`;
}
