import type { OptionReader } from "./option-reader.ts";

/** Errors of the request itself, for which another model is asked only where that is wanted. */
export type JumpReason = "content_policy" | "format" | "none";

const REASONS = ["content_policy", "format", "none"] satisfies JumpReason[];

/**
 * What one model's API does not take, another's may, and an error that nobody can place may be one of this model
 * alone. What is refused for what it says is not to be tried elsewhere unasked.
 */
export const defaultJumps: readonly JumpReason[] = ["format", "none"];

/** Reads the option `jumpOn`. */
export function optionalJumpOn(options: OptionReader): readonly JumpReason[] | undefined {
  return options.optionalList("jumpOn")?.map((given) => {
    const reason = REASONS.find((known) => known === given);
    if (reason === undefined) throw options.refuse("jumpOn", `must be a list of ${REASONS.join(", ")}`);
    return reason;
  });
}
