import type { JsonObject, ToolCall } from "@cloison/sessions";
import type { ToolOutcome } from "./host-tool.ts";

/** Who decides whether a tool call is carried out, and sees what came of it: the hooks. */
export interface ToolGate {
  /**
   * Called once for each call, in the order of the calls, before anything of it leaves the host. Its input is as the
   * model wrote it, whether it fits the tool or not. Rejects only to end the run.
   */
  before(call: ToolCall, signal: AbortSignal): Promise<GateDecision>;
  /** Called for a call that was carried out: what the model is to see in place of the outcome. Rejects only to end the run. */
  after(call: ToolCall, outcome: ToolOutcome, signal: AbortSignal): Promise<ToolOutcome>;
}

/** Go on, with this input; or do not, and tell the model why. */
export type GateDecision = { readonly input: JsonObject } | { readonly blocked: string };

/** Lets everything through. */
export const openGate: ToolGate = {
  before: async ({ arguments: input }) => ({ input }),
  after: async (_, outcome) => outcome,
};
