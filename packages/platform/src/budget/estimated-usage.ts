import { estimateTokens } from "@cloison/fallback";
import type { AssistantMessage } from "@earendil-works/pi-ai";
import type { AttemptPlan } from "../broker/model-call.ts";
import { noUsage, type RunUsage } from "../run/usage.ts";
import { costOf } from "./prices.ts";

/**
 * The usage of an answer whose provider told none, as some servers do: by the estimates of its request
 * and of the answer. A limit that counted nothing would be none.
 */
export function estimatedUsage(answer: AssistantMessage, plan: AttemptPlan | undefined): RunUsage {
  const input = plan?.requestTokens ?? 0;
  const output = estimateTokens(answer.content);
  const costUsd = plan?.price === undefined ? 0 : costOf({ input, output }, plan.price);
  return { ...noUsage, input, output, totalTokens: input + output, costUsd };
}
