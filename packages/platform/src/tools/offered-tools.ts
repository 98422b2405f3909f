import { builtinTools } from "@cloison/agent";
import type { OfferedTool } from "../broker/model-call.ts";
import type { HostTool } from "./host-tool.ts";

/**
 * What a model is told of: the tools of the sandbox that it may call, and those of the host.
 *
 * @param only names of the sandbox's tools that it may call; undefined for all
 */
export function offeredTools(
  hostTools: ReadonlyMap<string, HostTool>,
  only: readonly string[] | undefined,
): OfferedTool[] {
  const own = builtinTools.filter(({ name }) => only === undefined || only.includes(name));
  const host = [...hostTools.values()].filter(({ hidden }) => hidden !== true);
  return [...own, ...host].map(({ name, description, parameters }) => ({ name, description, parameters }));
}
