import { randomUUID } from "node:crypto";
import { type AgentEvent, runAgent } from "@cloison/agent";
import type { Sandbox } from "@cloison/sandbox";
import type { Session, UserMessage } from "@cloison/sessions";
import { requireModelTargets } from "../broker/model-choice.ts";
import { SandboxEndedError } from "../errors/run-errors.ts";
import { agentEnd, agentStart, storeContext, withSessionHooks } from "../hooks/lifecycle.ts";
import { RunHooks } from "../hooks/run-hooks.ts";
import { requireUsableOutput } from "../output/output-options.ts";
import { treeOf } from "../subagents/open-spawner.ts";
import { type SubagentPlace, subagentRunId } from "../subagents/subagent-place.ts";
import { requireUsableSchemas } from "../tools/custom-tool-options.ts";
import { assembleTurns, type Started } from "./assemble-turns.ts";
import { createEventSink } from "./event-sink.ts";
import { Inbox } from "./inbox.ts";
import { textOfUser, userMessage } from "./messages.ts";
import type { ModelTurns } from "./model-turns.ts";
import { type ResumePoint, requireResumePoint } from "./resume-point.ts";
import type { RunListener } from "./run-events.ts";
import type { RunExtras } from "./run-extras.ts";
import { resumedRunId, withRunMarks } from "./run-marks.ts";
import type { RunRequest } from "./run-options.ts";
import { type RunParts, startParts } from "./run-parts.ts";
import type { RunPlace } from "./run-place.ts";
import type { RunResult } from "./run-result.ts";
import { endedRunError, withinRunTime } from "./run-time.ts";
import { defaultSystemPrompt } from "./system-prompt.ts";

/** Runs one message: a sandbox and a worker of its own, ended with the run, whatever its end. */
export async function run(place: RunPlace, request: RunRequest, extras: RunExtras = {}): Promise<RunResult> {
  const { inbox = new Inbox(request.sessionId), subagent } = extras;
  try {
    const result = await withinRunTime(request, (timed) => runOnce(place, timed, { inbox, subagent }));
    inbox.end();
    return result;
  } catch (error) {
    inbox.end(error);
    throw error;
  }
}

async function runOnce(
  place: RunPlace,
  request: RunRequest,
  { inbox, subagent }: RunExtras & { readonly inbox: Inbox },
): Promise<RunResult> {
  const { signal, sessionId } = request;
  if (signal?.aborted) throw endedRunError(signal.reason, undefined);
  await requireUsableSchemas(request.tools);
  const above = subagent === undefined ? [] : [subagent.tree.parts.choice];
  const targets = requireModelTargets([request.choice, ...above, place.config, place.defaults]);
  await requireUsableOutput(request.output);
  const line = place.broker.open({
    ...request,
    targets,
    userId: place.userId,
    needsImages: request.images.length > 0,
  });
  const emit = createEventSink(request.onEvent);
  const tree = treeOf(place, request, { emit, subagent });
  const runId = runIdOf(request, subagent);
  const parts = await startParts(place, request, { line, subagent }).catch((error: unknown) => {
    throw signal?.aborted ? endedRunError(signal.reason, sessionId) : error;
  });
  const { session } = parts;
  const forget = place.living.add(place.userId, sessionId, inbox);
  const facts = { userId: place.userId, sessionId: session.id, runId, depth: subagent?.depth ?? 0 };
  const hooks = new RunHooks({ source: place.hooks, facts, emit });
  const end = () => {
    forget();
    return parts.end();
  };
  const hooked = { hooks, session, signal, end };
  const result = await withSessionHooks(hooked, async () => {
    emit({ type: "sandbox_ready", layers: parts.sandbox.layers, durationMs: parts.startMs });
    for (const repair of session.repairs) emit({ type: "session_repair", ...repair });
    if (signal?.aborted) throw endedRunError(signal.reason, session.id);
    const started = { place, request, line, parts, emit, inbox, hooks, tree, subagent };
    return withRunMarks({ session, runId }, () => converse(started));
  });
  emit({ type: "done", ...result });
  return result;
}

function runIdOf({ resumes }: RunRequest, subagent: SubagentPlace | undefined): string {
  if (subagent !== undefined) return subagentRunId(subagent);
  const id = randomUUID();
  return resumes ? resumedRunId(id) : id;
}

async function converse(started: Started): Promise<RunResult> {
  const { place, request, parts, emit, hooks, tree, subagent } = started;
  const { session, sandbox, startMs } = parts;
  const stop = new AbortController();
  const signal = request.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, request.signal]);
  const { message, images, toolTimeoutMs } = request;
  const given = request.systemPrompt ?? place.config.systemPrompt ?? defaultSystemPrompt;
  const resumed = request.resumes ? requireResumePoint(session) : undefined;
  const asked = { message: resumed === undefined ? message : lastWords(session), systemPrompt: given };
  const { systemPrompt, context } = await agentStart(hooks, asked, request.signal);
  const { turns, budget, settled } = assembleTurns(started, { systemPrompt, signal, resumed, run });
  try {
    // A run that is resumed had its context when it began.
    if (resumed === undefined) await storeContext(session, context);
    const isLeft = begin(turns, userMessage(message, images), resumed);
    const carried = { sandbox, prompt: message, turns, emit, stop, signal, toolTimeoutMs };
    if (isLeft) await carryOut(carried).finally(settled);
    const outcome = turns.outcome();
    const standing = await budget.status();
    await agentEnd(hooks, outcome, undefined);
    const { layers } = sandbox;
    const told = { sessionId: session.id, budget: standing, sandbox: { layers, startMs } };
    return { ...outcome, ...told, subagents: subagent === undefined ? (tree?.records ?? []) : [] };
  } catch (error) {
    const told = await explain(error, { request, parts, turns });
    await agentEnd(hooks, turns.outcome(), told);
    throw told;
  }
}

interface Carried {
  readonly sandbox: Sandbox;
  readonly prompt: string;
  readonly turns: ModelTurns;
  readonly emit: RunListener;
  /** Ends the turn that is going on when the worker is done. */
  readonly stop: AbortController;
  readonly signal: AbortSignal;
  readonly toolTimeoutMs: number | undefined;
}

/** Lets the worker carry out what the turns give it, until they have nothing more. */
async function carryOut({ turns, emit, stop, ...agent }: Carried): Promise<void> {
  await runAgent({
    ...agent,
    callModel: (turn) => turns.next(turn),
    onEvent: (event) => {
      turns.hear(event);
      tellUpdate(event, emit);
    },
    // Each batch of tool calls is a turn of the worker's; the run's own turns are counted by the host.
    maxTurns: Number.MAX_SAFE_INTEGER,
  }).finally(() => {
    stop.abort();
    return turns.settled();
  });
}

/** @returns false when an earlier run has left nothing to do */
function begin(turns: ModelTurns, message: UserMessage, resumed: ResumePoint | undefined): boolean {
  if (resumed !== undefined) return turns.resume(resumed);
  turns.begin(message);
  return true;
}

/** What the user said that a resumed run is about. */
function lastWords(session: Session): string {
  const request = session.lastRequest();
  return request?.role === "user" ? textOfUser(request) : "";
}

/** Of what the worker tells, only how far a tool has come: the rest is told by the host, which decides on it. */
function tellUpdate(event: AgentEvent, emit: RunListener): void {
  if (event.type !== "tool_update") return;
  const { toolCallId, toolName, text: output } = event;
  emit({ type: "tool_update", toolCallId, toolName, output });
}

interface Failed {
  readonly request: RunRequest;
  readonly parts: RunParts;
  readonly turns: ModelTurns;
}

/**
 * The cause that the caller can act on: its own abort, then what the host's side failed with, then
 * the sandbox's end, then the agent's words.
 */
async function explain(error: unknown, { request, parts, turns }: Failed): Promise<unknown> {
  if (request.signal?.aborted)
    return endedRunError(request.signal.reason, request.sessionId, turns.outcome());
  if (turns.failure !== undefined) return turns.failure;
  // The worker's end is often known before its sandbox's; ending what has ended by itself leaves its reason.
  await parts.sandbox.kill();
  const end = await parts.sandbox.closed;
  return end.reason === "killed" ? error : new SandboxEndedError(end.reason, end.detail, error);
}
