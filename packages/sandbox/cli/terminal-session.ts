import { constants } from "node:os";
import type { CommandExit, PtyHandle, PtyOptions, Sandbox } from "#sandbox";
import { createEscapeKeys } from "./escape-keys.ts";
import { createTerminalModes, type TerminalModes } from "./terminal-modes.ts";

/** What a session's user sees and types into. */
export interface UserTerminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
}

/** As ssh(1) and timeout(1) tell of such ends. */
const leftCode = 255;
const timedOutCode = 124;
/** ^D, which a terminal takes for the end of what is typed. */
const endOfInput = 0x04;

const endingSignals = ["SIGHUP", "SIGINT", "SIGTERM", "SIGQUIT"] as const;

/** The largest that a sandbox's terminal may be, in characters. */
const maxSize = 10_000;
/** Bytes that may wait for a program inside to read them; more stay in the user's terminal or pipe. */
const maxPendingBytes = 2 ** 20;

/** Milliseconds that a terminal has to answer what a program has asked it before its end. */
const answerMs = 200;
/** Device status report (ECMA-48 8.3.35) and its answer: what was asked before is answered before. */
const statusQuestion = "\x1b[5n";
const statusAnswer = "\x1b[0n";

/**
 * Gives the user a terminal in the sandbox in the place of the own one, until its command ends; `~.` at the beginning
 * of a line leaves it. The user's terminal is afterwards what it was before, however this ends.
 *
 * @param options the size and TERM are those of the user's terminal, where it is one
 * @returns the exit code of the command; 128 and its number for a signal, 124 for a timeout, 255 where the user left
 * @throws what `sandbox.pty.create()` throws
 */
export async function attachTerminal(
  sandbox: Sandbox,
  options: PtyOptions = {},
  { stdin, stdout }: UserTerminal = process,
): Promise<number> {
  const pty = await sandbox.pty.create({
    ...sizeOf(stdout),
    ...options,
    envs: { ...envsOf(stdout), ...options.envs },
  });
  const modes = createTerminalModes();
  const undo = [rawMode({ stdin, stdout }, modes)];
  let leftWith: number | undefined;
  const leave = (code: number) => {
    leftWith ??= code;
    void pty.kill();
  };
  try {
    undo.push(onSignals(leave), forwardKeys(pty, stdin, leave), forwardSize(pty, stdout));
    undo.push(pty.onData((chunk) => show(stdout, chunk, modes)));
    const exit = await pty.wait();
    return leftWith ?? codeOf(exit);
  } finally {
    if (modes.asked) await takeAnswers({ stdin, stdout }, modes);
    for (const each of undo.toReversed()) each();
    if (leftWith !== undefined && stdout.isTTY && stdout.writable) stdout.write("\n"); // out of the line that was left
  }
}

function sizeOf({ isTTY, columns, rows }: NodeJS.WriteStream) {
  const cut = (value: number) => Math.min(value, maxSize);
  return isTTY && columns > 0 && rows > 0 ? { cols: cut(columns), rows: cut(rows) } : {};
}

/** What programs inside must know of the user's terminal; nothing else of the environment goes there. */
function envsOf({ isTTY }: NodeJS.WriteStream): Record<string, string> {
  const known = ["TERM", "COLORTERM"].map((name) => [name, process.env[name] ?? ""] as const);
  return Object.fromEntries(isTTY ? known.filter(([, value]) => /^[\w.+-]{1,64}$/.test(value)) : []);
}

function codeOf({ exitCode, signal, timedOut }: CommandExit): number {
  if (timedOut) return timedOutCode;
  return exitCode ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

/** Every key is the program's inside, ^C too. */
function rawMode({ stdin, stdout }: UserTerminal, modes: TerminalModes): () => void {
  const restore = () => {
    process.off("exit", restore);
    if (stdout.isTTY && stdout.writable) stdout.write(modes.reset());
    try {
      if (stdin.isTTY) stdin.setRawMode(false);
    } catch {
      // the terminal itself is gone, and has no modes any more
    }
  };
  // also where an exception or process.exit() ends it all
  process.on("exit", restore);
  if (stdin.isTTY) stdin.setRawMode(true);
  return restore;
}

function onSignals(leave: (code: number) => void): () => void {
  const handlers = endingSignals.map((name) => [name, () => leave(128 + constants.signals[name])] as const);
  for (const [name, handler] of handlers) process.on(name, handler);
  return () => {
    for (const [name, handler] of handlers) process.off(name, handler);
  };
}

function forwardKeys(pty: PtyHandle, stdin: NodeJS.ReadStream, leave: (code: number) => void): () => void {
  const look = createEscapeKeys();
  let pending = 0;
  let over = false;
  const type = async (typed: Buffer) => {
    pending += typed.length;
    if (pending > maxPendingBytes) stdin.pause();
    await pty.write(typed).catch(() => {}); // it has ended, which the session is told as well
    pending -= typed.length;
    if (pending <= maxPendingBytes && !over) stdin.resume();
  };
  const onData = (chunk: Buffer) => {
    const { typed, leave: leaves } = stdin.isTTY ? look(chunk) : { typed: chunk, leave: false };
    if (typed.length > 0) void type(typed);
    if (leaves) leave(leftCode);
  };
  const onHangUp = () => leave(128 + constants.signals.SIGHUP);
  const onEnd = stdin.isTTY ? onHangUp : () => void type(Buffer.of(endOfInput));
  stdin.on("data", onData).on("end", onEnd).on("error", onHangUp);
  return () => {
    stdin.off("data", onData).off("end", onEnd).off("error", onHangUp);
    over = true;
    stdin.pause();
  };
}

function forwardSize(pty: PtyHandle, stdout: NodeJS.WriteStream): () => void {
  const onResize = () => {
    const { cols, rows } = { cols: pty.cols, rows: pty.rows, ...sizeOf(stdout) };
    pty.resize({ cols, rows });
  };
  stdout.on("resize", onResize);
  return () => void stdout.off("resize", onResize);
}

/** Resolves when the user's terminal takes more. */
function show(stdout: NodeJS.WriteStream, chunk: Buffer, modes: TerminalModes): Promise<void> | undefined {
  modes.see(chunk);
  if (!stdout.writable || stdout.write(chunk)) return undefined;
  return new Promise((resolve) => {
    const onRoom = () => {
      stdout.off("drain", onRoom).off("close", onRoom);
      resolve();
    };
    stdout.on("drain", onRoom).on("close", onRoom);
  });
}

/** Answers that come when nobody inside is there to read them would be typed into what the user uses next. */
async function takeAnswers({ stdin, stdout }: UserTerminal, modes: TerminalModes): Promise<void> {
  if (!stdin.isTTY || !stdout.isTTY || !stdout.writable) return;
  await new Promise<void>((resolve) => {
    let taken = "";
    const end = () => {
      clearTimeout(bound);
      stdin.off("data", take);
      resolve();
    };
    const take = (chunk: Buffer) => {
      taken = (taken + chunk.toString("latin1")).slice(-statusAnswer.length - chunk.length);
      if (taken.includes(statusAnswer)) end();
    };
    const bound = setTimeout(end, answerMs);
    stdin.on("data", take);
    stdout.write(`${modes.reset()}${statusQuestion}`);
  });
}
