import { ModelServerError } from "./errors.ts";
import { type FieldRule, fieldProblem, nonEmptyString, wholeNumber } from "./fields.ts";
import { assertReply } from "./parse-reply.ts";
import type { ModelScript } from "./reply.ts";

export interface ModelServerOptions {
  /** What the model answers. */
  script: ModelScript;
  /** Address to listen on. Default `127.0.0.1`: reachable from this machine only. */
  host?: string;
  /** TCP port, 0–65535. Default 0: any free one. */
  port?: number;
  /** Names that `GET /v1/models` lists; requests may use any name. Default: `scripted-model`. */
  models?: readonly string[];
  /** How many of the newest requests `server.requests` keeps, at least 1. Default 10,000. */
  keepRequests?: number;
}

const rules = {
  script: (value) =>
    typeof value === "function" || Array.isArray(value) ? undefined : "an array or a function",
  host: nonEmptyString,
  port: wholeNumber(0, 65_535),
  models: (value) =>
    Array.isArray(value) && value.every((name) => typeof name === "string")
      ? undefined
      : "an array of strings",
  keepRequests: wholeNumber(1),
} satisfies Record<keyof ModelServerOptions, FieldRule>;

/** Checks options and every step that is not a function, and fills in the defaults. */
export function parseOptions(options: ModelServerOptions): Required<ModelServerOptions> {
  const problem = fieldProblem(options, "startModelServer's options", rules);
  if (problem !== undefined) throw new ModelServerError("MODEL_SERVER_OPTIONS", problem);
  const {
    script,
    host = "127.0.0.1",
    port = 0,
    models = ["scripted-model"],
    keepRequests = 10_000,
  } = options;
  if (script === undefined) {
    throw new ModelServerError(
      "MODEL_SERVER_OPTIONS",
      "startModelServer needs a script: an array or a function",
    );
  }
  if (typeof script !== "function") for (const [index, step] of script.entries()) checkStep(step, index);
  return { script, host, port, models, keepRequests };
}

function checkStep(step: unknown, index: number): void {
  if (typeof step === "function") return;
  try {
    assertReply(step);
  } catch (cause) {
    const told = cause instanceof Error ? cause.message : String(cause);
    throw new ModelServerError("MODEL_SERVER_OPTIONS", `script[${index}]: ${told}`, { cause });
  }
}
