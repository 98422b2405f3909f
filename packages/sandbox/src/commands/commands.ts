import { CommandNotFoundError } from "../errors.ts";
import type { LivingSandbox } from "../living-sandbox.ts";
import { parseCommand, startOptionNames } from "../options/command-options.ts";
import { createFirstHandle } from "./command-handle.ts";
import { runCommand } from "./run-command.ts";
import { startCommand } from "./start-command.ts";
import type {
  BufferCommandOptions,
  CommandHandle,
  CommandOptions,
  CommandResult,
  Commands,
} from "./types.ts";

export function createCommands(living: LivingSandbox): Commands {
  function run(
    command: string | readonly string[],
    options: BufferCommandOptions,
  ): Promise<CommandResult<Buffer>>;
  function run(command: string | readonly string[], options?: CommandOptions): Promise<CommandResult>;
  function run(
    command: string | readonly string[],
    options: CommandOptions | BufferCommandOptions = {},
  ): Promise<CommandResult<string> | CommandResult<Buffer>> {
    return runCommand(living, command, options);
  }

  function connect(id: string): CommandHandle {
    const command = living.commands.get(id);
    if (command === undefined)
      throw new CommandNotFoundError(
        `no command "${id}" runs in this sandbox: it has ended, or is another's; list() tells what runs`,
      );
    if (command.connect === undefined)
      throw new CommandNotFoundError(
        `"${id}" has a terminal: its output is read by the handle of pty.create()`,
      );
    return command.connect();
  }

  return {
    run,
    start: async (command, options = {}) =>
      createFirstHandle(await startCommand(living, parseCommand(command, options, startOptionNames))),
    list: () => living.commands.list(),
    connect,
  };
}
