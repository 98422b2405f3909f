import { Buffer } from "node:buffer";
import type { LivingSandbox } from "../create-sandbox.ts";
import {
  parseCommand,
  parseMaxOutputBytes,
  runOptionNames,
  startOptionNames,
} from "../options/command-options.ts";
import type { CommandOptions, CommandResult, Commands } from "../types.ts";
import { collectOutput } from "./output.ts";
import { startCommand } from "./start-command.ts";

export function createCommands(living: LivingSandbox, killSandbox: () => Promise<void>): Commands {
  return {
    async start(command, options = {}) {
      return startCommand(living, parseCommand(command, options, startOptionNames), killSandbox);
    },

    async run(command, options: CommandOptions = {}): Promise<CommandResult> {
      const parsed = parseCommand(command, options, runOptionNames);
      const maxBytes = parseMaxOutputBytes(options);
      parsed.signal?.throwIfAborted();
      const handle = await startCommand(living, parsed, killSandbox);
      const stdout = collectOutput(handle.stdout, maxBytes, options.onStdout);
      const stderr = collectOutput(handle.stderr, maxBytes, options.onStderr);
      handle.stdin.end(options.stdin === undefined ? Buffer.alloc(0) : options.stdin);
      const exit = await handle.wait();
      parsed.signal?.throwIfAborted();
      return {
        ...exit,
        stdout: stdout.text(),
        stderr: stderr.text(),
        truncated: { stdout: stdout.cut(), stderr: stderr.cut() },
      };
    },
  };
}
