import type { RunningCommand } from "../commands/command-handle.ts";
import { startCommand } from "../commands/start-command.ts";
import { CommandStartError, PtyEndedError } from "../errors.ts";
import type { LivingSandbox } from "../living-sandbox.ts";
import type { ParsedCommand } from "../options/command-options.ts";
import { checkInput, checkListener, parsePty, parseSize } from "./pty-options.ts";
import { createTerminalOutput } from "./terminal-output.ts";
import type { Pty, PtyHandle, PtySize } from "./types.ts";

/** The request to resize, before columns and rows; `native/supervise.c`. */
const resizeRequest = 0xfe;

export function createPty(living: LivingSandbox): Pty {
  return {
    async create(options = {}) {
      const { commands, size, onData } = parsePty(options);
      const handle = toHandle(await startFirst(living, commands), size);
      if (onData !== undefined) handle.onData(onData);
      return handle;
    },
  };
}

/** Starts the first of the commands whose program is there. */
async function startFirst(
  living: LivingSandbox,
  [command, ...others]: readonly [ParsedCommand, ...ParsedCommand[]],
): Promise<RunningCommand> {
  try {
    return await startCommand(living, command);
  } catch (error) {
    const [next, ...rest] = others;
    const absent = error instanceof CommandStartError && error.errno === "ENOENT";
    if (!absent || next === undefined) throw error;
    return startFirst(living, [next, ...rest]);
  }
}

function toHandle(command: RunningCommand, first: PtySize): PtyHandle {
  const { info } = command;
  let thrown: { readonly error: unknown } | undefined;
  const output = createTerminalOutput(command.stdout.open().stream, (error) => {
    thrown ??= { error };
    void command.kill("SIGKILL");
  });
  command.exited.then(output.finish, output.finish);
  const ended = command.ended.then(async (exit) => {
    await output.delivered;
    if (thrown !== undefined) throw thrown.error;
    return exit;
  });
  ended.catch(() => {}); // for who does not wait
  const sizing = createSizing(command, first);
  return {
    id: info.id,
    pid: info.pid,
    get cols() {
      return sizing.size().cols;
    },
    get rows() {
      return sizing.size().rows;
    },
    get output() {
      return output.stream();
    },
    write: (data) => write(command, data),
    onData(listener) {
      checkListener(listener);
      return output.onData(listener);
    },
    resize: sizing.change,
    kill: async (signal = "SIGKILL") => command.kill(signal),
    wait: () => ended,
  };
}

function write({ stdin }: RunningCommand, data: string | Uint8Array): Promise<void> {
  const written = new Promise<void>((resolve, reject) => {
    const fail = (cause?: unknown) =>
      reject(
        new PtyEndedError("the terminal's command has ended and reads nothing more; make another terminal", {
          cause,
        }),
      );
    const input = checkInput(data);
    if (!stdin.writable) fail();
    else stdin.write(input, (error) => (error ? fail(error) : resolve()));
  });
  written.catch(() => {}); // who types into a terminal need not wait
  return written;
}

/** Sends sizes one at a time: of those that come meanwhile only the last one. */
function createSizing({ request }: RunningCommand, first: PtySize) {
  let size = first;
  let sent = first;
  let sending = false;
  function send(): void {
    if (sending || sent === size) return;
    sent = size;
    sending = true;
    const { cols, rows } = size;
    request([resizeRequest, cols & 0xff, cols >> 8, rows & 0xff, rows >> 8], () => {
      sending = false;
      send();
    });
  }
  return {
    size: () => size,
    change(wanted: PtySize): void {
      size = parseSize(wanted);
      send();
    },
  };
}
