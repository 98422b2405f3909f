import { performance } from "node:perf_hooks";
import type { Sandbox } from "@cloison/sandbox";
import { answerOrphans, type Session, SessionNotFoundError } from "@cloison/sessions";
import type { ModelLine } from "../broker/broker.ts";
import { sessionFailure } from "../sessions/missing-workspace.ts";
import { type FilesView, startSandbox } from "../subagents/files-view.ts";
import type { SubagentPlace } from "../subagents/subagent-place.ts";
import type { RunRequest } from "./run-options.ts";
import type { RunPlace } from "./run-place.ts";

/** What a run holds on to. */
export interface RunParts {
  readonly session: Session;
  readonly sandbox: Sandbox;
  /** What it shows at `/workspace`. */
  readonly view: FilesView;
  /** Milliseconds that the sandbox took to stand. */
  readonly startMs: number;
  /** Ends the sandbox with everything in it, and gives the session free. */
  end(): Promise<void>;
}

/** By what a run reaches models, and whose subagent it is. */
export interface RunMeans {
  readonly line: ModelLine;
  readonly subagent: SubagentPlace | undefined;
}

/**
 * Starts sandbox, session and model code at the same time. When one fails, the others are ended and
 * its error is thrown.
 */
export async function startParts(
  place: RunPlace,
  request: RunRequest,
  { line, subagent }: RunMeans,
): Promise<RunParts> {
  const begun = performance.now();
  const view = subagent?.view ?? ({ source: place.paths.files, access: "rw" } as const);
  const [sandbox, session, ready] = await Promise.allSettled([
    startSandbox(place, view).then((sandbox) => ({ sandbox, startMs: performance.now() - begun })),
    openSession(place, request, subagent?.parentSession),
    line.ready(),
  ]);
  if (sandbox.status === "fulfilled" && session.status === "fulfilled" && ready.status === "fulfilled") {
    const parts = { ...sandbox.value, session: session.value, view };
    return { ...parts, end: () => endAll([() => parts.sandbox.kill(), () => parts.session.close()]) };
  }
  await endAll([
    async () => (sandbox.status === "fulfilled" ? sandbox.value.sandbox.kill() : undefined),
    async () => (session.status === "fulfilled" ? session.value.close() : undefined),
  ]);
  throw firstReason([session, ready, sandbox]);
}

/** @throws SessionBusyError, TranscriptCorruptError, WorkspaceNotFoundError */
async function openSession(
  { userId, sessions }: RunPlace,
  request: RunRequest,
  parentSession: string | undefined,
): Promise<Session> {
  const { sessionId, busyTimeoutMs, signal, resumes } = request;
  const options = { busyTimeoutMs, signal, parentSession };
  const session = await sessions.open(sessionId, options).catch((error: unknown) => {
    throw sessionFailure(userId, error);
  });
  if (!resumes) await answerOrphans(session);
  else if (session.isNew) {
    await session.close();
    throw new SessionNotFoundError(sessionId);
  }
  return session;
}

/** Carries out every step, also after one has failed, and then throws the first failure. */
async function endAll(steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  const ends = await Promise.allSettled(steps.map((step) => step()));
  if (ends.some((end) => end.status === "rejected")) throw firstReason(ends);
}

function firstReason(results: readonly PromiseSettledResult<unknown>[]): unknown {
  return results.find((result) => result.status === "rejected")?.reason;
}
