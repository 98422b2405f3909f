import type { ModelLine } from "../broker/broker.ts";
import { effectiveBudget } from "../budget/limits.ts";
import { RunBudget } from "../budget/run-budget.ts";
import { createHookGate } from "../hooks/hook-gate.ts";
import { ModelHooks } from "../hooks/model-hooks.ts";
import type { RunHooks } from "../hooks/run-hooks.ts";
import { OUTPUT_PROMPT, RequiredOutput } from "../output/required-output.ts";
import { openSpawner, type Run } from "../subagents/open-spawner.ts";
import type { SubagentPlace } from "../subagents/subagent-place.ts";
import type { SubagentTree } from "../subagents/subagent-tree.ts";
import { collectHostTools } from "../tools/collect-host-tools.ts";
import { customTools } from "../tools/custom-tools.ts";
import { ToolDispatch } from "../tools/dispatch.ts";
import { offeredTools } from "../tools/offered-tools.ts";
import { onlyTools } from "../tools/only-tools.ts";
import { replayGate } from "../tools/replay.ts";
import type { Inbox } from "./inbox.ts";
import { keepIn } from "./keep-results.ts";
import { ModelTurns } from "./model-turns.ts";
import type { ResumePoint } from "./resume-point.ts";
import { RoomAhead } from "./room-ahead.ts";
import type { RunListener } from "./run-events.ts";
import type { RunRequest } from "./run-options.ts";
import type { RunParts } from "./run-parts.ts";
import type { RunPlace } from "./run-place.ts";
import { Tally } from "./tally.ts";
import { joinTurnHooks, noHooks } from "./turn-hooks.ts";

/** What a run has once its sandbox and its session are there. */
export interface Started {
  readonly place: RunPlace;
  readonly request: RunRequest;
  readonly line: ModelLine;
  readonly parts: RunParts;
  readonly emit: RunListener;
  readonly inbox: Inbox;
  readonly hooks: RunHooks;
  readonly tree: SubagentTree | undefined;
  readonly subagent: SubagentPlace | undefined;
}

interface Opening {
  readonly systemPrompt: string;
  /** Ends the run's turns. */
  readonly signal: AbortSignal;
  readonly resumed: ResumePoint | undefined;
  readonly run: Run;
}

interface Assembled {
  readonly turns: ModelTurns;
  readonly budget: RunBudget;
  /** Resolves once nothing of the run goes on in the background. */
  settled(): Promise<void>;
}

/** Puts the turns of a run together with all that decides on them: budget, hooks, tools, subagents, output. */
export function assembleTurns(started: Started, opening: Opening): Assembled {
  const { place, request, line, parts, emit, inbox, hooks, tree, subagent } = started;
  const { systemPrompt, signal, resumed, run } = opening;
  const { session } = parts;
  const { userId, memory } = place;
  const tally = new Tally();
  const budget = openBudget(started, tally);
  const spawner = tree === undefined ? undefined : openSpawner({ ...started, tree, budget, run });
  const output = request.output === undefined ? undefined : new RequiredOutput(request.output);
  // Whatever offers tools that run in the host adds its own here.
  const hostTools = collectHostTools([
    customTools(request.tools, { ...request, userId, sessionId: session.id }),
    spawner?.tools ?? [],
    output === undefined ? [] : [output.tool],
  ]);
  const modelHooks = new ModelHooks(hooks);
  // The budget first: nobody is asked about a call that it forbids.
  const turnHooks = joinTurnHooks({ ...noHooks, ...budget.hooks }, modelHooks);
  const tools = offeredTools(hostTools, subagent?.role.tools);
  const prompt = output === undefined ? systemPrompt : `${systemPrompt}\n\n${OUTPUT_PROMPT}`;
  const talk = { line, session, userId, memory, systemPrompt: prompt, tools, emit };
  const conversation = { ...talk, hooks: turnHooks, tally, room: new RoomAhead() };
  const calls = resumed?.kind === "tools" ? resumed.calls : [];
  const hookGate = createHookGate({ hooks, approvals: place.approvals, session });
  const gate = replayGate(onlyTools(subagent?.role.tools, hostTools, hookGate), { calls, hostTools });
  const dispatch = new ToolDispatch({ ...request, hostTools, gate, emit, keep: keepIn(session, output) });
  const { maxTurns } = request;
  const turns = new ModelTurns(conversation, { dispatch, inbox, signal, maxTurns, output });
  const settled = async () => {
    await spawner?.settled();
    await budget.settled();
    await modelHooks.settled();
  };
  return { turns, budget, settled };
}

/** What holds for this run, and what its workspace has spent. */
function openBudget({ place, request, parts, emit, subagent }: Started, tally: Tally): RunBudget {
  const levels = { platform: place.budget, workspace: place.config.budget, run: request.budget };
  return new RunBudget({
    budget: effectiveBudget(levels),
    ledger: place.ledger,
    sessionId: parts.session.id,
    attempts: () => tally.attempts,
    emit,
    parent: subagent?.budget,
  });
}
