import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AssistantTurn, ToolResult } from "@cloison/agent";
import { answerOrphans, createSessionStore, type Session } from "@cloison/sessions";
import type { ModelServer } from "@cloison/testing";
import { createBroker, type ModelLine } from "../../src/broker/broker.ts";
import { EmptyAnswerError, ModelCallError } from "../../src/errors/model-errors.ts";
import type { ModelTurns } from "../../src/run/model-turns.ts";
import type { RunEvent } from "../../src/run/run-events.ts";
import { type RunAttempt, Tally } from "../../src/run/tally.ts";
import { testTurns } from "../test-turns.ts";
import type { JumpingClock } from "./jumping-clock.ts";
import type { RunPlan, Schedule } from "./schedule.ts";
import type { ScriptedSchedule } from "./scripted-schedule.ts";

/** Where a schedule takes place. */
export interface Stage {
  readonly server: ModelServer;
  readonly clock: JumpingClock;
  readonly script: ScriptedSchedule;
  readonly directory: string;
  readonly sessionId: string;
  readonly keys: Readonly<Record<string, readonly string[]>>;
}

/** How one run went. */
export interface RunTrace {
  readonly message: string;
  readonly events: readonly RunEvent[];
  readonly attempts: readonly RunAttempt[];
  readonly error: unknown;
  readonly isAborted: boolean;
  /** Number of requests that the server had received before it. */
  readonly from: number;
  /** What it would have sent next; undefined where its host died. */
  readonly messages: Session["messages"] | undefined;
}

class GivenUp extends Error {}

/** Carries out all runs of a schedule, one after another in one session, as a platform would. */
export async function runSchedule(schedule: Schedule, stage: Stage): Promise<RunTrace[]> {
  const line = openLine(schedule, stage);
  const traces: RunTrace[] = [];
  for (const [index, plan] of schedule.runs.entries()) {
    traces.push(await runOnce({ stage, line, plan, message: `message ${index}` }));
  }
  return traces;
}

export function transcriptPath({ directory, sessionId }: Stage): string {
  return join(directory, `${sessionId}.jsonl`);
}

export function readTranscriptText(stage: Stage): string {
  return readFileSync(transcriptPath(stage), "utf8");
}

export async function reopen({ directory, sessionId }: Stage): Promise<Session> {
  const session = await createSessionStore({ dir: directory }).open(sessionId);
  await answerOrphans(session);
  return session;
}

/** A model of each place in the chain, named after it. */
function openLine({ models, maxRetries, random }: Schedule, stage: Stage): ModelLine {
  const targets = models.map((provider, place) => {
    return { provider, model: `model-${place}`, baseUrl: stage.server.baseUrls[provider] };
  });
  const [first, ...rest] = targets;
  if (first === undefined) throw new TypeError("a schedule has at least one model");
  const apiKeys = new Map(Object.entries(stage.keys));
  const broker = createBroker({ apiKeys, env: {} }, { clock: stage.clock, random: () => random });
  return broker.open({
    targets: [first, ...rest],
    userId: "ada",
    apiKeys: new Map(),
    maxRetries,
    deadlineMs: 120_000,
    context: {},
  });
}

interface OneRun {
  readonly stage: Stage;
  readonly line: ModelLine;
  readonly plan: RunPlan;
  readonly message: string;
}

async function runOnce({ stage, line, plan, message }: OneRun): Promise<RunTrace> {
  const session = await reopen(stage);
  const from = stage.script.received.length;
  const events: RunEvent[] = [];
  const abort = new AbortController();
  const count = abortAt(plan, abort);
  stage.script.onRequest = () => count("request");
  stage.clock.onSleep = () => count("sleep");
  const emit = (event: RunEvent) => {
    events.push(event);
    if (event.type === "text_delta") count("text");
  };
  const tally = new Tally();
  const turns = testTurns({ line, session, emit, tally, signal: abort.signal });
  let error: unknown;
  try {
    await converse(turns, { stage, plan, message });
  } catch (reason) {
    error = reason;
  }
  const isAborted = abort.signal.aborted;
  // As every run does at its end, or it would wait for results that no worker will give.
  abort.abort();
  await turns.settled();
  const isDead = error instanceof GivenUp;
  const messages = isDead ? undefined : session.messages;
  await session.close();
  if (plan.torn === true && isDead) appendFileSync(transcriptPath(stage), '{"type":"message","id":"12');
  const trace = { message, events, attempts: tally.attempts, error, isAborted, from, messages };
  checkError(trace, abort.signal);
  return trace;
}

/** Aborts when the planned thing happens for the planned time. */
function abortAt({ abort: planned }: RunPlan, controller: AbortController) {
  let count = 0;
  return (what: "request" | "text" | "sleep") => {
    if (what !== planned?.at) return;
    count += 1;
    if (count === planned.count) controller.abort(new GivenUp("the caller gives up"));
  };
}

/** Plays the worker: makes up the results of tools, and asks for the next turn. */
async function converse(turns: ModelTurns, { stage, plan, message }: Omit<OneRun, "line">): Promise<void> {
  const { signal } = new AbortController();
  stage.script.calls = plan.calls[0] ?? 0;
  turns.begin({ role: "user", content: message, timestamp: Date.now() });
  let answer = await turns.next({ toolResults: [], signal });
  for (let answers = 1; ; answers += 1) {
    const toolResults = resultsOf(answer);
    if (toolResults.length === 0) return;
    if (answers === plan.diesAfter) throw new GivenUp("the host dies");
    stage.script.calls = plan.calls[answers] ?? 0;
    answer = await turns.next({ toolResults, signal });
  }
}

function resultsOf({ content }: AssistantTurn): ToolResult[] {
  return content.flatMap((block) => {
    if (block.type !== "toolCall") return [];
    const text = `ran ${JSON.stringify(block.arguments)}\n`.repeat(5);
    return [
      { toolCallId: block.id, toolName: block.name, content: [{ type: "text", text }], isError: false },
    ];
  });
}

/** A run ends well, by the caller's will, or because no model answered; nothing else may happen to it. */
function checkError({ error, isAborted }: RunTrace, { reason }: AbortSignal): void {
  if (error === undefined || error instanceof GivenUp) return;
  if (isAborted && error === reason) return;
  if (error instanceof ModelCallError || error instanceof EmptyAnswerError) return;
  throw error;
}
