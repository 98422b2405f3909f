import { performance } from "node:perf_hooks";
import { workerMounts } from "@cloison/agent";
import { createSandbox, type Sandbox } from "@cloison/sandbox";
import { answerOrphans, type Session, SessionStoreError } from "@cloison/sessions";
import type { ModelLine } from "../broker/broker.ts";
import { WorkspaceNotFoundError } from "../errors/state-errors.ts";
import { errorCode } from "../state/io-error.ts";
import type { RunPlace } from "./run.ts";
import type { RunRequest } from "./run-options.ts";

/** What a run holds on to. */
export interface RunParts {
  readonly session: Session;
  readonly sandbox: Sandbox;
  /** Milliseconds that the sandbox took to stand. */
  readonly startMs: number;
  /** Ends the sandbox with everything in it, and gives the session free. */
  end(): Promise<void>;
}

/**
 * Starts sandbox, session and model code at the same time. When one fails, the others are ended and
 * its error is thrown.
 */
export async function startParts(place: RunPlace, request: RunRequest, line: ModelLine): Promise<RunParts> {
  const begun = performance.now();
  const [sandbox, session, ready] = await Promise.allSettled([
    startSandbox(place).then((sandbox) => ({ sandbox, startMs: performance.now() - begun })),
    openSession(place, request),
    line.ready(),
  ]);
  if (sandbox.status === "fulfilled" && session.status === "fulfilled" && ready.status === "fulfilled") {
    const parts = { ...sandbox.value, session: session.value };
    return { ...parts, end: () => endAll([() => parts.sandbox.kill(), () => parts.session.close()]) };
  }
  await endAll([
    async () => (sandbox.status === "fulfilled" ? sandbox.value.sandbox.kill() : undefined),
    async () => (session.status === "fulfilled" ? session.value.close() : undefined),
  ]);
  throw firstReason([session, ready, sandbox]);
}

/** @throws SessionBusyError, TranscriptCorruptError, WorkspaceNotFoundError */
async function openSession({ userId, sessions }: RunPlace, request: RunRequest): Promise<Session> {
  const { sessionId, busyTimeoutMs, signal } = request;
  const session = await sessions.open(sessionId, { busyTimeoutMs, signal }).catch((error: unknown) => {
    const gone = error instanceof SessionStoreError && errorCode(error.cause) === "ENOENT";
    throw gone ? new WorkspaceNotFoundError(userId, error) : error;
  });
  await answerOrphans(session);
  return session;
}

/** The sandbox sees the workspace's files and the worker; nothing else of the state directory. */
function startSandbox({ paths, sandbox }: RunPlace): Promise<Sandbox> {
  return createSandbox({
    ...sandbox,
    mounts: [{ source: paths.files, target: "/workspace", access: "rw" }, ...workerMounts()],
  });
}

/** Carries out every step, also after one has failed, and then throws the first failure. */
async function endAll(steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  const ends = await Promise.allSettled(steps.map((step) => step()));
  if (ends.some((end) => end.status === "rejected")) throw firstReason(ends);
}

function firstReason(results: readonly PromiseSettledResult<unknown>[]): unknown {
  return results.find((result) => result.status === "rejected")?.reason;
}
