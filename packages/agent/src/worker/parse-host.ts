import type { JsonObject } from "@earendil-works/pi-ai";
import type { RunParams, WireTurn } from "../protocol.ts";
import { HostMessageError } from "./errors.ts";

/** A tool call with arguments that are known to be JSON. */
export interface ParsedToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: JsonObject;
}

/** A {@link WireTurn} as it was parsed. */
export interface ParsedTurn extends WireTurn {
  readonly toolCalls: readonly ParsedToolCall[];
}

/** Only for what came out of `JSON.parse`: there an object is a JSON object. */
function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Parses the parameters of `run`. Throws {@link HostMessageError}. */
export function parseRunParams(params: unknown): RunParams {
  if (isObject(params) && typeof params.run === "number" && typeof params.prompt === "string") {
    const { run, prompt, toolTimeoutMs } = params;
    if (toolTimeoutMs === undefined) return { run, prompt };
    if (typeof toolTimeoutMs === "number") return { run, prompt, toolTimeoutMs };
  }
  throw new HostMessageError("run needs {run, prompt, toolTimeoutMs?}");
}

function parseToolCall(value: unknown): ParsedToolCall {
  if (!isObject(value)) throw new HostMessageError("a tool call must be an object");
  const { id, name, arguments: args } = value;
  if (typeof id === "string" && typeof name === "string" && isObject(args)) {
    return { id, name, arguments: args };
  }
  throw new HostMessageError("a tool call needs {id, name, arguments}");
}

/** Parses the result of `model`. Throws {@link HostMessageError}. */
export function parseTurn(result: unknown): ParsedTurn {
  if (!isObject(result) || !Array.isArray(result.toolCalls)) {
    throw new HostMessageError("model must result in {toolCalls, stopReason, parallel}");
  }
  const { stopReason, parallel } = result;
  if (typeof parallel !== "boolean") throw new HostMessageError("parallel must be true or false");
  if (stopReason !== "stop" && stopReason !== "toolUse" && stopReason !== "length") {
    throw new HostMessageError("stopReason must be stop, toolUse or length");
  }
  return { toolCalls: result.toolCalls.map(parseToolCall), stopReason, parallel };
}
