import type { CommandHandle, CommandInfo } from "./types.ts";

/** What runs in a sandbox. */
export interface RegisteredCommand {
  readonly info: CommandInfo;
  /** Makes one more handle of it; left out for what has a terminal. */
  readonly connect?: () => CommandHandle;
}

export interface RegisteredEntry {
  /** Its process has ended: it is not listed any more, and can still be connected to. */
  ended(): void;
  /** All of its output was read: nothing is kept of it. */
  remove(): void;
}

/** The commands of one sandbox, by id. */
export interface CommandRegistry {
  add(command: RegisteredCommand): RegisteredEntry;
  list(): readonly CommandInfo[];
  get(id: string): RegisteredCommand | undefined;
}

export function createCommandRegistry(): CommandRegistry {
  const commands = new Map<string, RegisteredCommand>();
  const running = new Set<CommandInfo>();
  return {
    add(command) {
      commands.set(command.info.id, command);
      running.add(command.info);
      return {
        ended: () => void running.delete(command.info),
        remove() {
          running.delete(command.info);
          commands.delete(command.info.id);
        },
      };
    },
    list: () => [...running],
    get: (id) => commands.get(id),
  };
}
