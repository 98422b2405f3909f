import type { ChildProcessByStdio } from "node:child_process";
import { existsSync } from "node:fs";
import type { Readable } from "node:stream";
import { maxUpdateChars } from "../../protocol.ts";
import { bashDefinition } from "../../tool-definitions.ts";
import { ToolError } from "../errors.ts";
import { OutputCollector } from "../output-collector.ts";
import { type CommandMark, killCommand } from "../process-tree.ts";
import { defineTool } from "../tool.ts";
import { drain } from "./bash-drain.ts";

const defaultTimeoutMs = 120_000;
/** MAX_ARG_STRLEN of execve(2), 32 pages, with its NUL. */
const maxCommandBytes = 128 * 1024 - 1;

interface Shell {
  readonly file: string;
  readonly args: readonly string[];
  /** How many of the command's processes are the tool's own once the command ended. */
  readonly helpers: number;
}

/**
 * Node gives a child sockets, and Linux cannot open a socket by /dev/stdout or /dev/stderr (ENXIO). Where bash
 * is there, a real pipe through `cat` takes both streams in their order. The command itself is exec'ed, so its
 * exit status is the child's.
 */
function chooseShell(command: string): Shell {
  if (!existsSync("/bin/bash")) {
    return { file: "/bin/sh", args: ["-c", 'exec /bin/sh -c "$0" 2>&1', command], helpers: 0 };
  }
  return {
    file: "/bin/bash",
    // Two steps: bash keeps its own descriptor of the pipe open in a command that it redirects and executes.
    args: ["-c", 'exec > >(exec cat) 2>&1; exec /bin/bash -c "$0"', command],
    helpers: 1,
  };
}

let commands = 0;

interface Started {
  readonly child: ChildProcessByStdio<null, Readable, null>;
  /** Undefined when it did not start. */
  readonly mark: CommandMark | undefined;
}

function start({ file, args }: Shell): Started {
  // Loaded when first needed: it costs an idle worker memory.
  const { spawn } = process.getBuiltinModule("node:child_process");
  const [name, value] = ["CLOISON_COMMAND", `${process.pid}.${performance.timeOrigin}.${++commands}`];
  const env = { ...process.env, [name]: value };
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "ignore"], detached: true, env });
  return {
    child,
    mark: child.pid === undefined ? undefined : { root: child.pid, variable: `${name}=${value}` },
  };
}

type Ending =
  | { readonly by: "exit"; readonly exitCode: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly by: "timeout" }
  | { readonly by: "abort" }
  | { readonly by: "spawn"; readonly error: Error };

/** Resolves with what happens first; a timeout or an abort kills the whole tree. */
function ending({ child, mark }: Started, timeoutMs: number, signal: AbortSignal): Promise<Ending> {
  return new Promise((resolve) => {
    const settle = (end: Ending) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      if (mark !== undefined && (end.by === "timeout" || end.by === "abort")) killCommand(mark);
      resolve(end);
    };
    const abort = () => settle({ by: "abort" });
    const timer = setTimeout(() => settle({ by: "timeout" }), timeoutMs);
    signal.addEventListener("abort", abort);
    child.once("error", (error) => settle({ by: "spawn", error }));
    child.once("exit", (exitCode, exitSignal) => settle({ by: "exit", exitCode, signal: exitSignal }));
  });
}

function conclude(end: Ending, output: string, timeoutMs: number): string {
  const text = output === "" ? "(no output)" : output;
  if (end.by === "spawn")
    throw new ToolError(`The shell did not start: ${end.error.message}.`, { cause: end.error });
  if (end.by === "abort") throw new ToolError(`${text}\n\nCommand aborted.`);
  if (end.by === "timeout") {
    throw new ToolError(
      `${text}\n\nCommand timed out after ${timeoutMs} ms; it and its children were killed.`,
    );
  }
  if (end.signal !== null) throw new ToolError(`${text}\n\nCommand was killed by ${end.signal}.`);
  if (end.exitCode !== 0) throw new ToolError(`${text}\n\nCommand exited with code ${end.exitCode}.`);
  return text;
}

/** `bash`: a command in a session of its own, its output streamed, bounded and with its end kept. */
export const bashTool = defineTool(
  bashDefinition,
  async ({ command, timeoutMs = defaultTimeoutMs }, { signal, onUpdate }) => {
    if (Buffer.byteLength(command) > maxCommandBytes) {
      throw new ToolError("The command is longer than 128 KB: write it to a file and run that.");
    }
    signal.throwIfAborted();
    const shell = chooseShell(command);
    const started = start(shell);
    const collector = new OutputCollector();
    const take = (chunk: Buffer) => {
      collector.push(chunk);
      onUpdate(() => collector.tail(maxUpdateChars));
    };
    const { stdout } = started.child;
    stdout.on("data", take);
    const end = await ending(started, timeoutMs, signal);
    await drain(stdout, started.mark, shell.helpers);
    stdout.off("data", take);
    return conclude(end, collector.finish(), timeoutMs);
  },
);
