import { builtinTools } from "@cloison/agent";
import { InvalidOptionError } from "../errors/option-errors.ts";
import type { HostTool } from "./host-tool.ts";

/**
 * Brings together the host tools of one run from everything that offers some. The model knows a tool by its
 * name alone, so no name may stand for two.
 *
 * @throws InvalidOptionError when a name is taken, by another of them or by a tool of the sandbox
 */
export function collectHostTools(sources: readonly (readonly HostTool[])[]): ReadonlyMap<string, HostTool> {
  const tools = new Map<string, HostTool>();
  for (const tool of sources.flat()) {
    const { name } = tool;
    if (tools.has(name) || isBuiltin(name)) {
      throw new InvalidOptionError("tools", `run: two tools have the name "${name}"; rename yours`);
    }
    tools.set(name, tool);
  }
  return tools;
}

/** Whether a tool of the sandbox has this name. */
export function isBuiltin(name: string): boolean {
  return builtinTools.some((tool) => tool.name === name);
}
