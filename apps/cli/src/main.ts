import { constants } from "node:os";
import { CliError } from "./errors.ts";
import { createJsonView } from "./output/json-view.ts";
import { createScreenView } from "./output/screen-view.ts";
import { createTerminal } from "./output/terminal.ts";
import { parseArguments } from "./program.ts";
import type { RunFlags } from "./run/run-command.ts";
import type { RunView } from "./run/run-view.ts";

/**
 * The `cloison` command. Reads the environment and the signals of this process; writes to its stdout and stderr.
 *
 * @param argv the arguments, without node and script
 * @returns the exit code: 0 done, 1 the run failed, 2 wrong arguments, 128 + n ended by signal n; of `sandbox` its own
 */
export async function main(argv: readonly string[]): Promise<number> {
  const { stdout, stderr, env } = process;
  const invocation = parseArguments(argv, {
    out: (text) => stdout.write(text),
    err: (text) => stderr.write(text),
  });
  if (invocation.kind === "ended") return invocation.exitCode;
  if (invocation.kind === "sandbox") {
    const { sandboxCli } = await import("@cloison/sandbox/cli");
    return await sandboxCli(invocation.argv, "cloison sandbox");
  }
  const view = invocation.json
    ? createJsonView((text) => stdout.write(text))
    : createScreenView(createTerminal(stdout), createTerminal(stderr));
  return await run(invocation.flags, view, env);
}

async function run(flags: RunFlags, view: RunView, env: NodeJS.ProcessEnv): Promise<number> {
  const abort = new AbortController();
  let signalled: NodeJS.Signals | undefined;
  // Once only: a second signal ends the process at once, and the kernel then ends the sandbox.
  const onSignal = (signal: NodeJS.Signals) => {
    signalled = signal;
    abort.abort(new CliError("CLI_SIGNAL", `${signal} was received`));
  };
  const onStdoutError = (error: Error) => abort.abort(error); // such as EPIPE: nobody reads any more
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  process.stdout.on("error", onStdoutError);
  try {
    // loaded only now, so that help and wrong arguments are answered at once
    const { runCommand } = await import("./run/run-command.ts");
    await runCommand(flags, { env, view, signal: abort.signal });
    return 0;
  } catch (error) {
    view.failed(error);
    if (env.DEBUG && error instanceof Error) console.error(error);
    if (signalled !== undefined) return 128 + constants.signals[signalled];
    return error instanceof CliError && error.code === "CLI_USAGE" ? 2 : 1;
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    process.stdout.off("error", onStdoutError);
  }
}
