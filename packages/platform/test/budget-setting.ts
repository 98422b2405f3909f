import { join } from "node:path";
import type { AssistantMessage } from "@earendil-works/pi-ai";
import type { AttemptPlan, Spent } from "../src/broker/model-call.ts";
import type { Budget } from "../src/budget/limits.ts";
import { RunBudget } from "../src/budget/run-budget.ts";
import { createSpendLedger } from "../src/budget/spend-ledger.ts";
import type { RunEvent } from "../src/index.ts";
import { noUsage } from "../src/run/usage.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const price = { input: 10, output: 20, cacheRead: 1, cacheWrite: 10 };

/** Runs of one workspace, under a clock that stands still until it is set. */
export function workspace(directory = join(temporaryDirectory(), "spend")) {
  const ledger = createSpendLedger(directory);
  const clock = { now: Date.UTC(2026, 10, 22, 12) };
  const events: RunEvent[] = [];
  const begin = (budget: Budget) => {
    const emit = (event: RunEvent) => void events.push(event);
    return new RunBudget({
      budget,
      ledger,
      sessionId: "s",
      emit,
      attempts: () => [],
      now: () => clock.now,
    });
  };
  return { begin, clock, events, ledger, file: join(directory, "2026-11.jsonl") };
}

/** A call that is about to be made. */
export const plan = (given: Partial<AttemptPlan> = {}): AttemptPlan => ({
  provider: "p",
  model: "m",
  requestTokens: 0,
  price,
  ...given,
});

/** An answer with so many tool calls. */
export function answer(toolCalls = 0): AssistantMessage {
  const { costUsd, ...tokens } = noUsage;
  const call = { type: "toolCall" as const, id: "c", name: "bash", arguments: {} };
  return {
    role: "assistant",
    api: "openai-completions",
    provider: "p",
    model: "m",
    stopReason: "stop",
    timestamp: 0,
    usage: { ...tokens, cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: costUsd } },
    content: [{ type: "text", text: "hi" }, ...Array(toolCalls).fill(call)],
  };
}

/** What an answer has spent. */
export const spent = (totalTokens: number, given: Partial<Spent> = {}): Spent => ({
  provider: "p",
  model: "m",
  key: "…last",
  usage: { ...noUsage, input: totalTokens, totalTokens },
  answer: answer(),
  ...given,
});

/** One whole call of the model. */
export async function call(run: RunBudget, spend: Spent): Promise<void> {
  await run.beforeAttempt(plan());
  run.onSpent(spend);
  await run.onAnswer({ message: spend.answer ?? answer() });
}
