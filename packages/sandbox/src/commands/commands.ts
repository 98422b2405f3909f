import { addOutputDenials } from "../denied/output-denials.ts";
import type { LivingSandbox } from "../living-sandbox.ts";
import { parseCommand, parseStreams, runOptionNames, startOptionNames } from "../options/command-options.ts";
import type { CommandOptions, CommandResult, Commands } from "../types.ts";
import { collectOutput } from "./output.ts";
import { startCommand } from "./start-command.ts";

export function createCommands(living: LivingSandbox): Commands {
  async function run(
    command: string | readonly string[],
    options: CommandOptions = {},
  ): Promise<CommandResult> {
    const parsed = parseCommand(command, options, runOptionNames);
    const { stdin, onStdout, onStderr, maxOutputBytes: maxBytes } = parseStreams(options);
    parsed.signal?.throwIfAborted();
    const handle = await startCommand(living, parsed);
    let thrown: { readonly error: unknown } | undefined;
    const onThrow = (error: unknown) => {
      thrown ??= { error };
      void handle.kill();
    };
    const stdout = collectOutput(handle.stdout, { maxBytes, onChunk: onStdout, onThrow });
    const stderr = collectOutput(handle.stderr, { maxBytes, onChunk: onStderr, onThrow });
    handle.stdin.end(stdin);
    const exit = await handle.wait();
    await Promise.all([stdout.ended, stderr.ended]);
    if (thrown !== undefined) throw thrown.error;
    parsed.signal?.throwIfAborted();
    const denied = addOutputDenials(exit.denied, stderr.tail(), living.options);
    for (const denial of denied.slice(exit.denied.length)) parsed.onDenied?.(denial);
    return {
      ...exit,
      denied,
      stdout: stdout.text(),
      stderr: stderr.text(),
      truncated: { stdout: stdout.cut(), stderr: stderr.cut() },
    };
  }

  return {
    run,
    async start(command, options = {}) {
      return startCommand(living, parseCommand(command, options, startOptionNames));
    },
  };
}
