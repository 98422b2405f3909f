import { builtinTools } from "@cloison/agent";
import type { Session } from "@cloison/sessions";
import type { ModelLine } from "../src/broker/broker.ts";
import { Inbox } from "../src/run/inbox.ts";
import { keepIn } from "../src/run/keep-results.ts";
import { ModelTurns } from "../src/run/model-turns.ts";
import { RoomAhead } from "../src/run/room-ahead.ts";
import type { RunListener } from "../src/run/run-events.ts";
import type { Tally } from "../src/run/tally.ts";
import { noHooks } from "../src/run/turn-hooks.ts";
import { ToolDispatch } from "../src/tools/dispatch.ts";
import { openGate, type ToolGate } from "../src/tools/tool-gate.ts";

/** The turns of a run without a sandbox, without hooks and with the sandbox's tools only. */
export function testTurns({
  line,
  session,
  emit,
  tally,
  signal,
  gate = openGate,
}: {
  readonly line: ModelLine;
  readonly session: Session;
  readonly emit: RunListener;
  readonly tally: Tally;
  readonly signal: AbortSignal;
  readonly gate?: ToolGate;
}): ModelTurns {
  const dispatch = new ToolDispatch({
    hostTools: new Map(),
    gate,
    emit,
    keep: keepIn(session),
    toolExecution: "safe-parallel",
    toolTimeoutMs: undefined,
  });
  const conversation = {
    line,
    session,
    systemPrompt: "be brief",
    tools: [...builtinTools],
    emit,
    hooks: noHooks,
    tally,
    userId: "ada",
    memory: undefined,
    room: new RoomAhead(),
  };
  return new ModelTurns(conversation, { dispatch, inbox: new Inbox(session.id), signal, maxTurns: 100 });
}
