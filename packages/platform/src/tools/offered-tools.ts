import { builtinTools } from "@cloison/agent";
import type { Tool } from "@earendil-works/pi-ai";
import type { HostTool } from "./host-tool.ts";

/**
 * What a model is told of: the tools of the sandbox that it may call, and those of the host.
 *
 * @param only names of the sandbox's tools that it may call; undefined for all
 */
export function offeredTools(
  hostTools: ReadonlyMap<string, HostTool>,
  only: readonly string[] | undefined,
): Tool[] {
  const own = builtinTools.filter(({ name }) => only === undefined || only.includes(name));
  const host = [...hostTools.values()].filter(({ hidden }) => hidden !== true);
  return [...own, ...host].map(({ name, description, parameters }) => ({ name, description, parameters }));
}
