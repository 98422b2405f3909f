import { parseSessionId } from "../ids.ts";
import { readOptions } from "../options/option-reader.ts";
import { parseRunOptions, type RunOptions, type RunRequest } from "./run-options.ts";

/** Those of a run; what it is about, its session holds. */
export type ResumeOptions = Omit<RunOptions, "message" | "images" | "sessionId">;

/** The worker in the sandbox wants to be told something. No model sees it. */
const GO_ON = "Go on.";

/** @throws InvalidOptionError, InvalidIdError */
export function parseResumeOptions(sessionId: string, input: ResumeOptions = {}): RunRequest {
  const id = parseSessionId(sessionId);
  const options = readOptions("resume", input, Object.keys(input));
  for (const name of ["message", "images", "sessionId"]) {
    if (Object.hasOwn(input, name)) throw options.refuse(name, "is none of its options; use run");
  }
  return { ...parseRunOptions({ ...input, message: GO_ON, sessionId: id }), resumes: true };
}
