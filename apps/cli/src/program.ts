import { Command, CommanderError } from "commander";
import type { RunFlags } from "./run/run-command.ts";

/** What the arguments ask for. */
export type Invocation =
  | { readonly kind: "run"; readonly flags: RunFlags; readonly json: boolean }
  /** A sandbox without an agent: the arguments of `cloison-sandbox`. */
  | { readonly kind: "sandbox"; readonly argv: readonly string[] }
  /** Nothing to do: help was asked for, or the arguments were wrong, and that has been printed. */
  | { readonly kind: "ended"; readonly exitCode: 0 | 2 };

export interface Printers {
  out(text: string): void;
  err(text: string): void;
}

const DEFAULT_MESSAGE = "Find all TODO comments and create a summary";

/** Reads the arguments (without node and script). Usage and help are printed here. */
export function parseArguments(argv: readonly string[], { out, err }: Printers): Invocation {
  let invocation: Invocation | undefined;
  const program = new Command("cloison")
    .description("Runs AI agents in kernel sandboxes on this machine.")
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({ writeOut: out, writeErr: err });
  addRun(program, (flags, json) => {
    invocation = { kind: "run", flags, json };
  });
  addSandbox(program, (args) => {
    invocation = { kind: "sandbox", argv: args };
  });
  try {
    program.parse([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { kind: "ended", exitCode: error.exitCode === 0 ? 0 : 2 };
  }
  return invocation ?? { kind: "ended", exitCode: 2 };
}

function addRun(program: Command, chosen: (flags: RunFlags, json: boolean) => void): void {
  program
    .command("run")
    .description("Gives an agent one message about a copy of some files, and shows what it does.")
    .argument("[message]", "what to ask", DEFAULT_MESSAGE)
    .option("--dir <dir>", "the files to copy; default: the sources of a dependency of this program")
    .option("--provider <name>", "default: the first whose key is in the environment, else a scripted model")
    .option("--model <id>", "default: one of the provider's that uses tools well")
    .option(
      "--fallback <provider/model>",
      "a model to ask when the first cannot answer; may be given several times",
      (name: string, before: readonly string[] = []) => [...before, name],
    )
    .option("--base-url <url>", "where the provider's API is spoken, such as a server of your own")
    .option("--session <id>", "go on with this session and its files, or begin it")
    .option("--state-dir <dir>", "default: $XDG_STATE_HOME/cloison, or ~/.local/state/cloison")
    .option("--best-effort", "go on where the kernel or your rights do not allow every limit, and say so")
    .option("--json", "print events as JSON lines")
    .action((message: string, { json = false, ...flags }: Omit<RunFlags, "message"> & { json?: boolean }) => {
      chosen({ message, ...flags }, json);
    });
}

/** Its arguments, `--help` among them, are read by `@cloison/sandbox`. */
function addSandbox(program: Command, chosen: (argv: readonly string[]) => void): void {
  program
    .command("sandbox")
    .description(
      "Runs a program or a shell in a sandbox, without an agent; or tells what this machine offers to them.",
    )
    .usage("exec|shell|doctor …")
    .argument("[arguments...]")
    .allowUnknownOption()
    .passThroughOptions()
    .helpOption(false)
    .action(chosen);
}
