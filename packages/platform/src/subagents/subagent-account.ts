import { wordsOf } from "../errors/words-of.ts";
import type { RunEvent, RunListener } from "../run/run-events.ts";
import { addUsage, noUsage } from "../run/usage.ts";
import type { SubagentRecord } from "./registry.ts";
import type { SubagentTree } from "./subagent-tree.ts";

/** What is streamed is the parent's business alone; of its subagents the application is told what they do. */
const NOT_TOLD: ReadonlySet<RunEvent["type"]> = new Set(["text_delta", "thinking_delta", "tool_update"]);

/** Tells of one subagent while it goes on, and counts what it spends. */
export interface SubagentAccount {
  readonly onEvent: RunListener;
  end(ending: Pick<SubagentRecord, "status" | "provider" | "model" | "turns" | "error">): void;
}

/** A subagent begins, and the application and the registry are told so. */
export function beginAccount(
  tree: SubagentTree,
  { id, role, depth, sessionId, parentId, task }: SubagentRecord,
  toolCallId: string,
): SubagentAccount {
  const { emit } = tree.parts;
  const startedAt = new Date();
  const begun = performance.now();
  let usage = noUsage;
  tree.change(id, { status: "running", startedAt });
  emit({ type: "subagent_start", id, role, depth, sessionId, parentId, toolCallId, task });
  return {
    onEvent: (event) => {
      if (event.type === "usage") usage = addUsage(usage, event.usage);
      if (!NOT_TOLD.has(event.type)) emit({ type: "subagent_event", id, role, depth, event });
    },
    end: (ending) => {
      tree.change(id, { ...ending, usage, endedAt: new Date() });
      const { status, error } = ending;
      const durationMs = performance.now() - begun;
      emit({ type: "subagent_end", id, role, depth, sessionId, status, usage, durationMs, error });
    },
  };
}

/** What people are told of an error. */
export function shownError(error: unknown): NonNullable<SubagentRecord["error"]> {
  const code =
    error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
  return { code, message: wordsOf(error) };
}
