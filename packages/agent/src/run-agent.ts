import type { AgentOutcome, AgentRunOptions } from "./agent-run.ts";
import { checkRunOptions, runOptionNames } from "./agent-run.ts";
import { refuseUnknown } from "./read-options.ts";
import { type AgentWorkerOptions, startAgentWorker, workerOptionNames } from "./start-agent-worker.ts";

/** What a whole run needs: a sandbox, a prompt and a model. */
export interface RunAgentOptions extends AgentRunOptions, Omit<AgentWorkerOptions, "signal"> {}

/**
 * Starts a worker, runs one agent in it and ends the worker. Rejects as {@link startAgentWorker} and
 * `AgentWorker.run` do. The worker is gone when this settles, and so are the processes of its tools, but for
 * daemons that left their session; those end with the sandbox.
 */
export async function runAgent(options: RunAgentOptions): Promise<AgentOutcome> {
  refuseUnknown(options, [...workerOptionNames, ...runOptionNames]);
  const { sandbox, cwd, startTimeoutMs, ...run } = options;
  checkRunOptions(run);
  await using worker = await startAgentWorker({ sandbox, cwd, startTimeoutMs, signal: run.signal });
  return await worker.run(run);
}
