/*
 * The program that runs in the sandbox, bundled into one file. Its only tie to the host is the socket that it
 * inherits as descriptor 3. What it imports is loaded before it can say `ready`, a thousand times over on a
 * machine with a thousand agents: what only a tool needs is loaded by that tool.
 */
import { Socket } from "node:net";
import { createChannel } from "@cloison/sandbox/channel";
import { channelLimits } from "../protocol.ts";
import { workerTools } from "./builtin-tools.ts";
import { preferMemoryToSpeed } from "./memory-flags.ts";
import { type ParsedTurn, parseRunParams, parseTurn } from "./parse-host.ts";
import { runLoop } from "./run-loop.ts";
import { createToolReporter } from "./tool-reporter.ts";

const channelDescriptor = 3;

const socket = new Socket({ fd: channelDescriptor, readable: true, writable: true });
const channel = createChannel(socket, {
  handlers: { run: (params, { signal }) => enqueue(params, signal) },
  limits: channelLimits,
  // A model takes as long as it takes; the host ends what must end.
  requestTimeoutMs: Number.POSITIVE_INFINITY,
});

/** Settles when the run before has let go of everything: an aborted one still kills its processes. */
let previous: Promise<unknown> = Promise.resolve();

function enqueue(params: unknown, signal: AbortSignal): Promise<object> {
  const current = previous.then(() => run(params, signal));
  previous = current.catch(() => undefined);
  return current;
}

async function run(params: unknown, signal: AbortSignal): Promise<object> {
  const { run: number, prompt, toolTimeoutMs } = parseRunParams(params);
  await runLoop({
    prompt,
    toolTimeoutMs,
    tools: workerTools,
    signal,
    ask: (askSignal) => ask(number, askSignal),
    reporter: createToolReporter(number, (notice) => channel.notify("tool", notice)),
  });
  return {};
}

async function ask(run: number, signal: AbortSignal | undefined): Promise<ParsedTurn> {
  const turn = channel.request("model", { run }, { signal });
  // Takes a millisecond: while the model thinks is the time for it.
  preferMemoryToSpeed();
  return parseTurn(await turn);
}

// The end of the channel has aborted the running tools, and they killed their processes at once.
void channel.closed.then((error) => process.exit(error === undefined ? 0 : 1));
void channel.notify("ready", {});
