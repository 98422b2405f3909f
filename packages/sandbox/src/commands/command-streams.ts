import { type Duplex, Writable } from "node:stream";
import { type Launcher, pipeOf } from "../launcher/spawn-launcher.ts";
import type { ParsedCommand } from "../options/command-options.ts";
import { joinDescriptors } from "../policy/sandbox-policy.ts";
import { createOutputTape, type OutputTape } from "./output-tape.ts";

export interface CommandStreams {
  readonly stdin: Writable;
  readonly stdout: OutputTape;
  readonly stderr: OutputTape;
  readonly channel: Duplex | undefined;
}

function pipe(launcher: Launcher, fd: number): Duplex {
  const stream = pipeOf(launcher.child, fd);
  // A command that closes its end early is no fault of the host's; its exit tells.
  stream.on("error", () => {});
  return stream;
}

/** For a command that gets no input. */
function endedInput(): Writable {
  const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
  stream.on("error", () => {}); // of who writes to it even so
  return stream.end();
}

/** To be called in the turn that starts the launcher. */
export function openStreams(launcher: Launcher, command: ParsedCommand): CommandStreams {
  const { background, keepOutputBytes: keepBytes } = command;
  const tape = (fd: number) => createOutputTape(pipe(launcher, fd), { keepBytes, holdBack: !background });
  let stdin: Writable | undefined = command.input ? pipe(launcher, 0) : undefined;
  return {
    get stdin() {
      stdin ??= endedInput(); // for who asks: to make one takes time
      return stdin;
    },
    stdout: tape(1),
    stderr: tape(2),
    channel: command.channel ? pipe(launcher, joinDescriptors.channel) : undefined,
  };
}
