import { type AgentEvent, runAgent } from "@cloison/agent";
import type { Broker, ModelLine } from "../broker/broker.ts";
import { type ModelChoice, requireModelTarget } from "../broker/model-choice.ts";
import { RunAbortedError } from "../errors/run-errors.ts";
import type { RunSandboxOptions } from "../options/sandbox-options.ts";
import type { WorkspaceConfig } from "../options/workspace-options.ts";
import type { Session } from "../session/session.ts";
import type { WorkspacePaths } from "../state/layout.ts";
import { createEventSink } from "./event-sink.ts";
import { createModelTurns, type ModelTurns } from "./model-turns.ts";
import type { RunListener, SandboxLayer } from "./run-events.ts";
import type { RunRequest } from "./run-options.ts";
import { type RunParts, startParts } from "./run-parts.ts";
import { defaultSystemPrompt } from "./system-prompt.ts";
import type { RunUsage } from "./usage.ts";

/** What a successful run came to. */
export interface RunResult {
  /** The agent's last words; never empty. */
  readonly response: string;
  /** Give this to the next `run` to go on with the talk. */
  readonly sessionId: string;
  /** The whole run's tokens. */
  readonly usage: RunUsage;
  readonly provider: string;
  readonly model: string;
  /** How often the model was called. */
  readonly turns: number;
  /** `length`: the response was cut at the model's output limit. */
  readonly stopReason: "stop" | "length";
  readonly sandbox: { readonly layers: readonly SandboxLayer[]; readonly startMs: number };
}

/** Where runs of one workspace take place. */
export interface RunPlace {
  readonly userId: string;
  readonly paths: WorkspacePaths;
  readonly config: WorkspaceConfig;
  /** The platform's own choice, weaker than the workspace's. */
  readonly defaults: ModelChoice;
  readonly sandbox: RunSandboxOptions;
  readonly broker: Broker;
}

/** Runs one message: a sandbox and a worker of its own, ended with the run, whatever its end. */
export async function run(place: RunPlace, request: RunRequest): Promise<RunResult> {
  const { signal } = request;
  if (signal?.aborted) throw new RunAbortedError(undefined, signal.reason);
  const target = requireModelTarget([request.choice, place.config, place.defaults]);
  const line = place.broker.open(target, request.apiKeys);
  const emit = createEventSink(request.onEvent);
  const parts = await startParts(place, request, line);
  try {
    emit({ type: "sandbox_ready", layers: parts.sandbox.layers, durationMs: parts.startMs });
    return await converse({ place, request, line, parts, emit });
  } finally {
    await parts.end();
  }
}

interface Started {
  readonly place: RunPlace;
  readonly request: RunRequest;
  readonly line: ModelLine;
  readonly parts: RunParts;
  readonly emit: RunListener;
}

async function converse({ place, request, line, parts, emit }: Started): Promise<RunResult> {
  const { session, sandbox, startMs } = parts;
  const stop = new AbortController();
  const signal = request.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, request.signal]);
  const systemPrompt = request.systemPrompt ?? place.config.systemPrompt ?? defaultSystemPrompt;
  const turns = createModelTurns({ line, session, systemPrompt, emit, signal });
  try {
    turns.begin(request.message);
    const onEvent = (event: AgentEvent) => emit(event);
    await runAgent({ sandbox, prompt: request.message, callModel: turns.next, onEvent, signal });
  } catch (error) {
    throw explain(error, turns, request);
  } finally {
    stop.abort();
  }
  const { response, stopReason, usage, turns: count } = turns.outcome();
  emit({ type: "done", sessionId: session.id, turns: count, usage });
  const { provider, model } = line;
  return { response, sessionId: session.id, usage, provider, model, turns: count, stopReason, sandbox: { layers: sandbox.layers, startMs } };
}

/** The cause that the caller can act on: its own abort, then what the host's side failed with, then the agent's words. */
function explain(error: unknown, turns: ModelTurns, { signal, sessionId }: RunRequest): unknown {
  if (signal?.aborted) return new RunAbortedError(sessionId, signal.reason);
  return turns.failure() ?? error;
}
